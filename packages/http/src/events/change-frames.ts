import type { JsonObject, ResourceChange } from '@gdcloud/core';
import { changeFrame } from './frames.js';

/** Writes frames of changes; the one that is told to many, one right after the other, only once. */
export class ChangeFrames {
  #last:
    | {
        readonly change: ResourceChange;
        readonly position: string;
        readonly root: string;
        readonly text: string;
      }
    | undefined;

  /** The frame of a change, with the resource embedded where it is given. */
  of(change: ResourceChange, position: string, root: string, resource?: JsonObject | null): string {
    if (resource !== undefined) return changeFrame(change, position, root, resource);
    const last = this.#last;
    if (last?.change === change && last.position === position && last.root === root)
      return last.text;
    const text = changeFrame(change, position, root);
    this.#last = { change, position, root, text };
    return text;
  }
}
