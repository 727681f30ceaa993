import type { ComponentChildren } from 'preact';

interface NumbersTableProps {
  /** What the picture shows. */
  readonly title: string;
  readonly heads: readonly string[];
  /** The rows. */
  readonly children: ComponentChildren;
}

/** What a picture shows, as a table: for those who can’t see it, and for whoever wants the numbers. Keys scroll it. */
export function NumbersTable({ title, heads, children }: NumbersTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
    <div class="table-room graph-numbers" tabIndex={0} role="group" aria-label={title}>
      <table>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
