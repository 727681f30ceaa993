/** The style sheet of pages where none is packed. */
export const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 1rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
.bar, .bar ul, .crumbs, .links ul, .action-forms, .filter-row { display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: 0; list-style: none; }
.bar { justify-content: space-between; }
.crumbs { gap: .4rem; }
.crumbs li + li::before { content: "/ "; }
.table-room, .json-room { overflow-x: auto; }
.json-room { padding: .5rem; border: 1px solid #8888; font: .85rem/1.5 ui-monospace, monospace; }
.in { padding-inline-start: 1.5rem; }
.problem, .explain, .once { padding: .5rem 1rem; border: 1px solid; border-inline-start-width: 4px; }
table { border-collapse: collapse; }
th, td { text-align: start; padding: .2rem 1rem .2rem 0; vertical-align: top; }
.field { margin: .6rem 0; max-width: 40rem; }
.field label { display: block; font-weight: 600; }
.field input, .field select, .field textarea { width: 100%; font: inherit; }
.field p { margin: 0; font-size: .85rem; }
.quiet { opacity: .8; }
dl { columns: 18rem; }
dt { font-size: .85rem; opacity: .8; }
dd { margin: 0 0 .4rem; }
summary h2 { display: inline; font-size: 1.1rem; }
`;
