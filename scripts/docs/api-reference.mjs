// Pages of everything that packages export, from declarations and doc comments, by TypeDoc.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, ReflectionKind } from 'typedoc';
import { root } from '../workspace.mjs';
import { doorsOf } from './doors.mjs';
import { page } from './markdown.mjs';

/** What a program hands over to put something together. */
const OPTIONS = /Options$/;

/**
 * Writes the pages into `folder`, and returns the doors and the interfaces of options that are behind them. Throws where
 * a doc comment links to what is not there.
 */
export async function writeApiReference(folder, scratch) {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const doors = doorsOf(scratch);
  const app = await Application.bootstrapWithPlugins({
    ...READING,
    ...WRITING,
    entryPoints: doors.map(({ file }) => file),
    tsconfig: writeTsconfig(scratch, doors),
    out: folder,
  });
  const entries = app.getEntryPoints();
  if (entries === undefined) throw new Error('TypeDoc found no declarations');
  const slugs = new Map(doors.map(({ file, slug }) => [file, slug]));
  const project = app.converter.convert(
    entries.map((entry) => ({ ...entry, displayName: slugs.get(entry.sourceFile.fileName) })),
  );
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasWarnings() || app.logger.hasErrors())
    throw new Error('doc comments have faults: see above');
  writeFileSync(join(folder, 'index.md'), listPage(doors));
  const pages = doors.map((door) => [`${door.slug}.md`, named(folder, door)]);
  for (const [name, text] of mendedAnchors(pages)) writeFileSync(join(folder, name), text);
  return { doors, options: optionsOf(project, doors) };
}

const READING = {
  entryPointStrategy: 'resolve',
  // It was compiled already, with all that the compiler has to say.
  skipErrorChecking: true,
  excludeExternals: true,
  excludePrivate: true,
  excludeInternal: true,
  disableGit: true,
  disableSources: true,
  validation: { notExported: false, invalidLink: true },
  logLevel: 'Warn',
};

const WRITING = {
  plugin: ['typedoc-plugin-markdown'],
  readme: 'none',
  entryFileName: 'index',
  outputFileStrategy: 'modules',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  propertyMembersFormat: 'table',
  tableColumnSettings: {
    hideInherited: true,
    hideOverrides: true,
    hideModifiers: true,
    hideDefaults: true,
    hideSources: true,
  },
};

function writeTsconfig(scratch, doors) {
  const path = join(scratch, 'tsconfig.json');
  const compilerOptions = { composite: false, noEmit: true, rootDir: root };
  const files = doors.map(({ file }) => file);
  const base = join(root, 'tsconfig.base.json');
  writeFileSync(path, JSON.stringify({ extends: base, compilerOptions, files }));
  return path;
}

function listPage(doors) {
  const lines = doors.map(({ title, slug, about }) => {
    const more = about === undefined ? '' : `: ${about}`;
    return `* [\`${title.replace(/: .*/, '')}\`](./${slug}.md)${more}`;
  });
  return page(
    'API of the packages',
    'Everything that can be imported, from declarations and their doc comments.',
    lines.join('\n'),
  );
}

// TypeDoc's title is the name of the file.
function named(folder, { slug, title, module, about }) {
  const text = readFileSync(join(folder, `${slug}.md`), 'utf8').replace(/^# .*\n/, '');
  const more = about === undefined ? '' : ` On this page: ${about}.`;
  return `---\npageClass: wide\n---\n\n# ${title}\n\nImported from \`${module}\`.${more}\n${text}`;
}

// TypeDoc numbers headings that read alike, and takes some for alike that are not: `FileSystem.space`, `FileSystemSpace`.
function mendedAnchors(pages) {
  const counts = new Map(pages.map(([name, text]) => [name, headingsOf(text)]));
  return pages.map(([name, text]) => [
    name,
    text.replaceAll(/\]\(([\w-]+\.md)?#([\w$]+)-(\d+)\)/g, (link, file = name, title, number) =>
      (counts.get(file)?.get(title) ?? Infinity) <= Number(number)
        ? link.replace(`-${number})`, ')')
        : link,
    ),
  ]);
}

// How many headings read so.
function headingsOf(text) {
  const counts = new Map();
  for (const [, title] of text.matchAll(/^#+ ([\w$]+)/gm))
    counts.set(title.toLowerCase(), (counts.get(title.toLowerCase()) ?? 0) + 1);
  return counts;
}

function optionsOf(project, doors) {
  return doors.flatMap(({ slug, module }) => {
    const behind = project.children?.find(({ name }) => name === slug)?.children ?? [];
    return behind
      .filter(({ name, kind }) => OPTIONS.test(name) && kind === ReflectionKind.Interface)
      .map(({ name }) => ({ name, module, link: `./api/${slug}.md#${name.toLowerCase()}` }));
  });
}
