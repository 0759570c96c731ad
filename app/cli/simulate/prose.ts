/** Characters of a line of prose, and of the label in front of a paragraph. */
const width = 100
const labelWidth = 10

/** The text after its label, in lines that are no longer than a reader's eye likes. */
export const paragraph = (label: string, text: string): string => {
  const lines = [""]
  for (const word of text.split(/\s+(?!%)/)) {
    const line = lines.at(-1) ?? ""
    if (line !== "" && labelWidth + line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`
  }
  return `${label.padEnd(labelWidth)}${lines.join(`\n${" ".repeat(labelWidth)}`)}`
}
