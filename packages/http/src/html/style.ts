/** The style sheet of all pages. */
export const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid #8888; border-radius: .4rem; font-size: .85rem; }
b { font-weight: 600; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .2rem 1.5rem .2rem 0; }
form { display: inline-block; margin: 0 .5rem .5rem 0; vertical-align: top; }
section form p { display: grid; grid-template-columns: 12rem minmax(8rem, 20rem); gap: 0 1rem; margin: .4rem 0; }
small { grid-column: 2; opacity: .75; }
nav a + a::before { content: " / "; white-space: pre; }
`;
