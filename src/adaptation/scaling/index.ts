/** How many workers there should be, and how much each may have under way. */
export {}
