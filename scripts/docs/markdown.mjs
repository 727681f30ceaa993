// Markdown of the pages that are made.

/** A table; nothing where it has no rows. */
export function table(head, rows) {
  if (rows.length === 0) return '';
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

/** A text in a cell: on one line, without what would end the cell. */
export function cell(text) {
  return String(text).replaceAll(/\s+/g, ' ').trim().replaceAll('|', '\\|');
}

/** Words as they are typed. */
export function code(text) {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const inner = cell(text);
  const pad = inner.startsWith('`') || inner.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${inner}${pad}${fence}`;
}

/** Several of them. */
export function codes(texts) {
  return texts.map(code).join(', ');
}

/** A page: its title, and what is on it. Its tables are wide, and so is it. */
export function page(title, ...paragraphs) {
  return `---\npageClass: wide\n---\n\n${[`# ${title}`, ...paragraphs.filter((one) => one !== '').map((one) => one.trim())].join('\n\n')}\n`;
}
