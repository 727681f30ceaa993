/** A file of a chain, as far as cleaning up looks at it. */
export interface Link {
  readonly uuid: string;
  readonly hidden: boolean;
  /** Entries of its block table. */
  readonly blocks: number;
  readonly parent: string | undefined;
}

/** The next thing to do about bases that are no longer needed. */
export type CollectionStep =
  | { readonly kind: 'remove'; readonly uuid: string }
  | {
      readonly kind: 'merge';
      readonly base: string;
      readonly parent: string;
      readonly children: readonly string[];
    }
  | { readonly kind: 'done' };

/**
 * What the storage manager does next: a hidden file that nothing reads from goes; a hidden one that is its hidden
 * parent's only reader is merged into it, if the parent has room for all its blocks and merging is wanted.
 */
export function nextCollectionStep(
  files: readonly Link[],
  bases: 'keep' | 'merge',
): CollectionStep {
  const childrenOf = (uuid: string): readonly Link[] =>
    files.filter(({ parent }) => parent === uuid);
  const garbage = files.find(({ uuid, hidden }) => hidden && childrenOf(uuid).length === 0);
  if (garbage !== undefined) return { kind: 'remove', uuid: garbage.uuid };
  if (bases === 'keep') return { kind: 'done' };
  for (const base of files) {
    const parent = files.find(({ uuid }) => uuid === base.parent);
    if (!base.hidden || parent?.hidden !== true || parent.blocks < base.blocks) continue;
    if (childrenOf(parent.uuid).length > 1) continue;
    const children = childrenOf(base.uuid).map(({ uuid }) => uuid);
    return { kind: 'merge', base: base.uuid, parent: parent.uuid, children };
  }
  return { kind: 'done' };
}
