import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript';
import type { Frame, Point } from './mortal-process.js';

/** A place in the driver where it reaches out: a call of a method of one of its doors. */
export interface IoSite {
  /** `src/tunnel/tunnel-service.ts` */
  readonly file: string;
  /** `ApplianceFiles.read` */
  readonly door: string;
  /** The method or function that it is written in. */
  readonly within: string;
  readonly line: number;
  /** Offsets of the call in the file. */
  readonly start: number;
  readonly end: number;
  /** The call as it is written, shortened. */
  readonly text: string;
}

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

/** Which methods are I/O points, by the interface that declares them. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  CommandRunner: ['run', 'start'],
  RunningCommand: ['write'],
  ApplianceFiles: ['read', 'write', 'remove', 'list'],
  RecordFiles: [
    ...['names', 'read', 'write', 'rename', 'link', 'remove'],
    ...['makeFolder', 'removeFolder', 'syncFolder'],
  ],
};

const LINES = 'RunningCommand.write';

/** What the doors themselves are made of, or only passes calls on. */
const DOORWAYS =
  /^src\/(commands\/(sandbox|node-command-runner|node-appliance-files)|record\/(record-files|stopping-files)|testing\/.*)\.ts$/;

/** All places of the driver's source where it reaches out, by the types of what is called: none is missed for its name. */
export class IoSites {
  readonly all: readonly IoSite[];
  readonly #maps = new Map<string, SourceMap>();
  readonly #sources = new Map<string, typescript.SourceFile>();

  constructor() {
    const root = join(PACKAGE, 'src');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(root, name));
    const { config }: { readonly config?: { readonly compilerOptions?: object } } =
      typescript.readConfigFile(join(PACKAGE, '../../tsconfig.base.json'), (path) =>
        readFileSync(path, 'utf8'),
      );
    const { options } = typescript.convertCompilerOptionsFromJson(config?.compilerOptions, PACKAGE);
    const program = typescript.createProgram(files, { ...options, noEmit: true, composite: false });
    const checker = program.getTypeChecker();
    this.all = files.flatMap((path) => {
      const source = program.getSourceFile(path);
      const file = relative(PACKAGE, path).split(sep).join('/');
      if (source === undefined || DOORWAYS.test(file)) return [];
      this.#sources.set(file, source);
      return sitesIn(source, file, checker);
    });
  }

  /** The site that a point came from: the innermost of our own code in the stack. */
  of({ name, frames }: Point): IoSite | undefined {
    // Lines wait for their program, and know no more who wrote them: one place asks nft.
    if (name.startsWith('lines.')) {
      return this.all.find(({ door, file }) => door === LINES && file.startsWith('src/nft/'));
    }
    for (const frame of frames) {
      const place = this.#written(frame);
      if (place === undefined) continue;
      const around = this.all
        .filter(
          ({ file, start, end }) => file === place.file && start <= place.at && place.at < end,
        )
        .toSorted((one, other) => one.end - one.start - (other.end - other.start));
      if (around[0] !== undefined) return around[0];
    }
    return undefined;
  }

  #written({
    file,
    line,
    column,
  }: Frame): { readonly file: string; readonly at: number } | undefined {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    const name = relative(join(PACKAGE, 'dist'), path).split(sep).join('/');
    const written = `src/${name.replace(/\.js$/, '.ts')}`;
    const source = this.#sources.get(written);
    if (source === undefined) return undefined;
    const map =
      this.#maps.get(path) ?? new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')));
    this.#maps.set(path, map);
    const entry = map.findEntry(line - 1, column - 1);
    if (!('originalLine' in entry)) return undefined;
    const at = source.getPositionOfLineAndCharacter(entry.originalLine, entry.originalColumn);
    return { file: written, at };
  }
}

function sitesIn(
  source: typescript.SourceFile,
  file: string,
  checker: typescript.TypeChecker,
): readonly IoSite[] {
  const found: IoSite[] = [];
  const visit = (node: typescript.Node): void => {
    const door = typescript.isCallExpression(node) ? doorOf(node, checker) : undefined;
    if (door !== undefined) {
      const start = node.getStart(source);
      found.push({
        file,
        door,
        within: nameAround(node),
        line: source.getLineAndCharacterOfPosition(start).line + 1,
        start,
        end: node.getEnd(),
        text: node.getText(source).replaceAll(/\s+/g, ' ').slice(0, 80),
      });
    }
    typescript.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function doorOf(
  { expression }: typescript.CallExpression,
  checker: typescript.TypeChecker,
): string | undefined {
  const symbol = checker.getSymbolAtLocation(expression);
  for (const { parent } of symbol?.declarations ?? []) {
    if (symbol === undefined || !typescript.isInterfaceDeclaration(parent)) continue;
    const { text } = parent.name;
    if (DOORS[text]?.includes(symbol.name) === true) return `${text}.${symbol.name}`;
  }
  return undefined;
}

function nameAround(node: typescript.Node): string {
  for (let at = node.parent; !typescript.isSourceFile(at); at = at.parent) {
    if (typescript.isMethodDeclaration(at) || typescript.isFunctionDeclaration(at)) {
      return at.name?.getText() ?? '';
    }
    if (typescript.isVariableDeclaration(at) && at.initializer !== undefined) {
      if (typescript.isArrowFunction(at.initializer)) return at.name.getText();
    }
  }
  return '';
}
