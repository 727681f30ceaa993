import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import typescript from 'typescript';
import type { Frame } from '../../../dist/testing/simulator/call-site.js';

/** A place where our code waits. */
export interface Await {
  /** Inside the compiled package: `kernel/pass.js`. */
  readonly file: string;
  /** The method or function that it is written in; empty for a function without a name. */
  readonly within: string;
  /** Offsets of the whole expression or loop head in the compiled file. */
  readonly start: number;
  readonly end: number;
  /** Where it is written: `src/kernel/pass.ts:74`. */
  readonly written: string;
  /** The expression as it is compiled, shortened. */
  readonly text: string;
}

/** Every place where compiled code below `roots` of a package waits; a root is a folder or a file of its `dist`. */
export class Awaits {
  readonly all: readonly Await[];
  readonly #files = new Map<string, typescript.SourceFile>();

  constructor(dist: string, roots: readonly string[]) {
    this.all = roots
      .flatMap((root) => filesOf(dist, root))
      .flatMap((file) => this.#awaitsOf(dist, file));
  }

  /** The awaits that a stack hangs in: those whose expression is being worked out or waited for in one of its frames. */
  in(frames: readonly Frame[]): readonly Await[] {
    return frames.flatMap(({ file, line, column }) => {
      const source = this.#files.get(file);
      if (source === undefined) return [];
      const at = source.getPositionOfLineAndCharacter(line - 1, column - 1);
      const around = this.all
        .filter((each) => each.file === file && each.start <= at && at < each.end)
        .toSorted((one, other) => one.end - one.start - (other.end - other.start));
      return around.slice(0, 1);
    });
  }

  #awaitsOf(dist: string, file: string): readonly Await[] {
    const text = readFileSync(join(dist, file), 'utf8');
    const source = typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest, true);
    this.#files.set(file, source);
    const map = new SourceMap(JSON.parse(readFileSync(join(dist, `${file}.map`), 'utf8')));
    const found: Await[] = [];
    const visit = (node: typescript.Node): void => {
      const end = endOfWaiting(node);
      if (end !== undefined) {
        const start = node.getStart(source);
        const { line, character } = source.getLineAndCharacterOfPosition(start);
        const entry = map.findEntry(line, character);
        const origin = 'originalLine' in entry ? entry.originalLine + 1 : line + 1;
        found.push({
          file,
          within: nameAround(node),
          start,
          end,
          written: `src/${file.replace(/\.js$/, '.ts')}:${origin}`,
          text: text.slice(start, end).replaceAll(/\s+/g, ' ').slice(0, 80),
        });
      }
      typescript.forEachChild(node, visit);
    };
    visit(source);
    return found;
  }
}

// Of a loop only the head waits: what its body waits for are awaits of their own.
function endOfWaiting(node: typescript.Node): number | undefined {
  if (typescript.isAwaitExpression(node)) return node.getEnd();
  if (typescript.isForOfStatement(node) && node.awaitModifier !== undefined)
    return node.expression.getEnd();
  return undefined;
}

function nameAround(node: typescript.Node): string {
  for (let at = node.parent; !typescript.isSourceFile(at); at = at.parent) {
    if (typescript.isMethodDeclaration(at) || typescript.isFunctionDeclaration(at))
      return at.name?.getText() ?? '';
  }
  return '';
}

function filesOf(dist: string, root: string): readonly string[] {
  if (root.endsWith('.js')) return [root];
  return readdirSync(join(dist, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(root, name))
    .toSorted();
}
