import { defineConfig } from 'vitepress';
import { markdownRules, slugOf } from './markdown-rules.mts';
import { sidebar } from './sidebar.mts';

/** Small enough to be part of each page. */
const ICON =
  'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"%3E%3Cpath fill="%233451b2" ' +
  'd="M10 25a7 7 0 0 1-1-13.9 9 9 0 0 1 17.2 2.6A6 6 0 0 1 25 25z"/%3E%3C/svg%3E';

// What is generated is written by `npm run docs`, and so is the index of it that the sidebar reads.
export default defineConfig({
  title: 'gdcloud',
  description: 'A cloud as a library: desired state in a database, made so by a crash-only kernel.',
  lang: 'en',
  cleanUrls: true,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: ICON }]],
  markdown: {
    // Angle brackets in our texts are angle brackets: `<id>` is no element.
    html: false,
    anchor: { slugify: slugOf },
    config: markdownRules,
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Tutorial', link: '/tutorial' },
      { text: 'Guides', link: '/first-resource-type', activeMatch: '^/(first-|mounting|writing-)' },
      { text: 'Operations', link: '/operations' },
      { text: 'Reference', link: '/reference/types/', activeMatch: '^/reference/' },
    ],
    sidebar: sidebar(),
    docFooter: { prev: 'Before', next: 'Next' },
    footer: { message: 'Apache-2.0' },
  },
  vite: {
    // The page of core's ports is large, and so is the index that the search loads when it is opened.
    build: { chunkSizeWarningLimit: 4_000 },
  },
});
