import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer } from 'vitepress';
import { pageOf } from '../../scripts/docs/package-pages.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PICTURES = 'docs/screenshots';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/** The anchor of a heading, as GitHub makes it: links in the documents hold in both places. */
export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** Has markdown read as our documents are written. */
export function markdownRules(markdown: MarkdownRenderer): void {
  textAsItIs(markdown);
  elementsOfTypeDoc(markdown);
  pictures(markdown);
  linksToSources(markdown);
}

// Two braces in a text are no expression of Vue's, nor are they between backticks.
function textAsItIs({ renderer, utils }: MarkdownRenderer): void {
  const asItIs = (text: string): string => utils.escapeHtml(text).replaceAll('{{', '&#123;&#123;');
  renderer.rules['text'] = (tokens, index) => asItIs(tokens[index]?.content ?? '');
  renderer.rules['code_inline'] = (tokens, index) =>
    `<code>${asItIs(tokens[index]?.content ?? '')}</code>`;
}

// Its tables have line breaks, and names to link to. Nothing else of HTML is let through.
function elementsOfTypeDoc({ inline }: MarkdownRenderer): void {
  inline.ruler.before('text', 'element', (state, silent) => {
    const found = /^<br \/>|^<a id="[\w$-]+"><\/a>/.exec(
      state.src.slice(state.pos, state.pos + 200),
    );
    if (found === null) return false;
    if (!silent) state.push('html_inline', '', 0).content = found[0];
    state.pos += found[0].length;
    return true;
  });
}

/**
 * `<!-- screenshot: panel-servers -->` shows that picture, and `<!-- screenshots -->` all of them. Tests of the browser
 * make them, a light and a dark one of each; what they have not made yet is left out.
 */
function pictures({ block, utils }: MarkdownRenderer): void {
  block.ruler.before('paragraph', 'picture', (state, line, _last, silent) => {
    const text = state.src.slice(state.bMarks[line], state.eMarks[line]).trim();
    const found = /^<!-- screenshots?(?:: ([\w-]+))? -->$/.exec(text);
    if (found === null) return false;
    if (silent) return true;
    const named = found[1];
    const names =
      named === undefined ? picturesThere() : picturesThere().filter((one) => one === named);
    state.push('html_block', '', 0).content = figures(names, named);
    state.line = line + 1;
    return true;
  });

  function figures(names: readonly string[], named: string | undefined): string {
    if (named === undefined && names.length === 0) return '<p>None have been taken here yet.</p>';
    return names.map(figure).join('\n');
  }

  function figure(name: string): string {
    const caption = utils.escapeHtml(name.replaceAll('-', ' '));
    const images = ['light', 'dark']
      .filter((shade) => existsSync(fileOf(name, shade)))
      .map((shade, _index, shades) => {
        const only = shades.length === 1 ? '' : ` class="only-${shade}"`;
        return `<img${only} src="./screenshots/${name}-${shade}.png" alt="${caption}" loading="lazy">`;
      });
    return `<figure class="screenshot">${images.join('')}<figcaption>${caption}</figcaption></figure>`;
  }
}

function picturesThere(): readonly string[] {
  if (!existsSync(join(ROOT, PICTURES))) return [];
  const names = readdirSync(join(ROOT, PICTURES)).flatMap((file) => {
    const [, name] = /^([\w-]+)-(?:light|dark)\.png$/.exec(file) ?? [];
    return name === undefined ? [] : [name];
  });
  return [...new Set(names)].sort();
}

function fileOf(name: string, shade: string): string {
  return join(ROOT, PICTURES, `${name}-${shade}.png`);
}

// A document links to files of the house. Where the site has them they are pages; where package.json says where the
// house is, they are there; else the text says where to look.
function linksToSources({ core }: MarkdownRenderer): void {
  core.ruler.push('links to sources', ({ tokens, env }) => {
    // Titles alone are of no document.
    if (typeof env?.path !== 'string') return;
    const document = relative(ROOT, env.path);
    for (const token of tokens)
      for (const [index, child] of (token.children ?? []).entries())
        if (child.type === 'link_open') lead(document, child, closing(token.children ?? [], index));
  });
}

function lead(document: string, link: Token, end: Token | undefined): void {
  const [target = '', anchor] = (link.attrGet('href') ?? '').split('#');
  if (target === '' || /^[a-z]+:|^\//.test(target)) return;
  const path = join(dirname(document), target);
  const page = pageOf(path) ?? (path.startsWith('docs/') ? path : undefined);
  if (page !== undefined) {
    const hash = anchor === undefined ? '' : `#${anchor}`;
    link.attrSet('href', `/${relative('docs', page)}${hash}`);
    return;
  }
  const repository = repositoryUrl();
  if (repository !== undefined) {
    link.attrSet('href', `${repository}/blob/main/${path}`);
    return;
  }
  link.tag = 'span';
  link.attrs = [
    ['class', 'source'],
    ['title', path],
  ];
  if (end !== undefined) end.tag = 'span';
}

function closing(tokens: readonly Token[], from: number): Token | undefined {
  return tokens.slice(from).find(({ type }) => type === 'link_close');
}

function repositoryUrl(): string | undefined {
  const { repository }: { readonly repository?: { readonly url?: string } } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  return repository?.url?.replace(/^git\+|\.git$/g, '');
}
