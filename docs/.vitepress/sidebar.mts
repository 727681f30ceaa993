import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

const DOCS = fileURLToPath(new URL('..', import.meta.url));

/** What `npm run docs` has written into `docs/reference`. */
interface Made {
  readonly types: readonly string[];
  readonly doors: readonly { readonly slug: string; readonly title: string }[];
  readonly packages: readonly string[];
}

const GROUPS: readonly (readonly [string, readonly (readonly [text: string, page: string])[]])[] = [
  [
    'Start',
    [
      ['What it is', 'what-it-is'],
      ['Tutorial', 'tutorial'],
      ['Install', 'install'],
      ['A walk with curl', 'reference/readme'],
      ['Screenshots', 'screenshots'],
    ],
  ],
  [
    'Guides',
    [
      ['A first driver', 'first-driver'],
      ['A first resource type', 'first-resource-type'],
      ['Mounting the API', 'mounting'],
      ['Writing a driver', 'writing-a-driver'],
      ['The control panel', 'panel'],
      ['The API', 'api'],
      ['A client in TypeScript', 'client'],
      ['Events', 'events'],
    ],
  ],
  [
    'Concepts',
    [
      ['Architecture', 'architecture'],
      ['Crash-only', 'crash-only'],
      ['Networking', 'networking'],
      ['The appliance', 'appliance'],
      ['Storage', 'storage'],
      ['The XAPI simulator', 'xapi-simulator'],
    ],
  ],
  [
    'Operations',
    [
      ['Operations', 'operations'],
      ['Security', 'security'],
      ['Observability', 'observability'],
      ['The vhd command', 'vhd'],
    ],
  ],
];

/** The groups of the sidebar. Throws where a document is in none. */
export function sidebar(): DefaultTheme.SidebarItem[] {
  const listed = GROUPS.flatMap(([, pages]) => pages.map(([, page]) => `${page}.md`));
  const documents = readdirSync(DOCS).filter((name) => name.endsWith('.md') && name !== 'index.md');
  const unlisted = documents.filter((name) => !listed.includes(name));
  if (unlisted.length > 0)
    throw new Error(`${unlisted.join(', ')}: say in docs/.vitepress/sidebar.mts where they belong`);
  const groups = GROUPS.map(([text, pages]) => ({
    text,
    items: pages.map(([name, page]) => ({ text: name, link: `/${page}` })),
  }));
  return [...groups, reference()];
}

function reference(): DefaultTheme.SidebarItem {
  const { types, doors, packages }: Made = JSON.parse(
    readFileSync(`${DOCS}/reference/pages.json`, 'utf8'),
  );
  const below = (folder: string, names: readonly (readonly [string, string])[]) =>
    names.map(([text, page]) => ({ text, link: `/reference/${folder}/${page}` }));
  return {
    text: 'Reference',
    items: [
      {
        text: 'Resource types',
        link: '/reference/types/',
        collapsed: true,
        items: below(
          'types',
          types.map((id) => [id, id]),
        ),
      },
      { text: 'Errors', link: '/reference/errors' },
      { text: 'Metrics', link: '/reference/metrics' },
      { text: 'Settings', link: '/reference/settings' },
      {
        text: 'Packages',
        collapsed: true,
        items: below(
          'packages',
          packages.map((name) => [`@gdcloud/${name}`, name]),
        ),
      },
      {
        text: 'API',
        link: '/reference/api/',
        collapsed: true,
        items: below(
          'api',
          doors.map(({ title, slug }) => [title, slug]),
        ),
      },
    ],
  };
}
