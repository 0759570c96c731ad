for (;;) {
  // It never comes to its exports.
}
