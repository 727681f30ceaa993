// What is wrong with a built site: links and images that lead nowhere, and anything that is fetched from elsewhere.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** One line for each fault of the pages in `folder`. */
export function faultsOf(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const pages = new Map(
    files
      .filter((file) => file.endsWith('.html'))
      .map((file) => [`/${file.replace(/(^|\/)index\.html$|\.html$/, '$1')}`, join(folder, file)]),
  );
  const anchors = new Map();
  const anchorsOf = (path) => {
    if (!anchors.has(path)) anchors.set(path, idsIn(readFileSync(pages.get(path), 'utf8')));
    return anchors.get(path);
  };
  const faults = [];
  for (const [path, file] of pages) {
    const text = readFileSync(file, 'utf8');
    for (const target of fetched(text))
      if (!target.startsWith('/') || !isFile(join(folder, decodeURI(target))))
        faults.push(`${path}: fetches ${target}`);
    for (const target of linksIn(text)) {
      const [to, anchor] = resolved(path, target);
      if (isFile(join(folder, to))) continue;
      if (!pages.has(to)) faults.push(`${path}: ${target} leads nowhere`);
      else if (anchor !== '' && !anchorsOf(to).has(anchor))
        faults.push(`${path}: ${target}: there is no such heading`);
    }
  }
  for (const file of files.filter((one) => one.endsWith('.css')))
    for (const [, target] of readFileSync(join(folder, file), 'utf8').matchAll(
      /url\(["']?(https?:[^)"']*)/g,
    ))
      faults.push(`${file}: fetches ${target}`);
  return [...new Set(faults)];
}

function idsIn(text) {
  return new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => unescaped(id)));
}

function fetched(text) {
  const tags = text.matchAll(/<(?:img|script|source|iframe|video)\b[^>]*? src="([^"]+)"/g);
  const sheets = text.matchAll(/<link\b[^>]*? href="([^"]+)"/g);
  return [...tags, ...sheets]
    .map(([, target]) => unescaped(target))
    .filter((one) => !one.startsWith('data:'));
}

function linksIn(text) {
  return [...text.matchAll(/<a\b[^>]*? href="([^"]+)"/g)]
    .map(([, target]) => unescaped(target))
    .filter((target) => !/^[a-z]+:/.test(target));
}

function resolved(path, target) {
  const [to, anchor = ''] = target.split('#');
  const whole =
    to === '' ? path : posix.resolve(dirname(`${path}x`), to) + (to.endsWith('/') ? '/' : '');
  return [decodeURI(whole).replace(/\/\/$/, '/'), decodeURIComponent(anchor)];
}

function unescaped(text) {
  return text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
}

function isFile(path) {
  return existsSync(path) && statSync(path).isFile();
}
