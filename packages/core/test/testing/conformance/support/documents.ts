import type { Driver } from '@gdcloud/core';
import type { DriverProcess, Subject } from '@gdcloud/core/testing';
import { type DocumentActual, type DocumentDesired, FileDriver } from './file-driver.js';
import { type Files, Folder, PASSWORD } from './folder.js';

/** Makes a driver of documents, as a process would. */
export type OpenDriver = (
  files: Files,
  process: DriverProcess,
) => Driver<DocumentDesired, DocumentActual>;

const DRAFT: DocumentDesired = { title: 'draft', sizeMb: 2, note: '' };

/** The directory of files as a subject of the kit; `open` puts another driver in place of the correct one. */
export function documents(
  open: OpenDriver = (files) => new FileDriver(files),
): Subject<DocumentDesired, DocumentActual> {
  return {
    name: 'directory-of-files',
    specs: {
      valid: [DRAFT, { title: 'large', sizeMb: 1_000, note: 'as large as can be' }],
      changes: [
        [DRAFT, { ...DRAFT, title: 'final' }],
        [DRAFT, { ...DRAFT, sizeMb: 3 }],
        [DRAFT, { title: 'final', sizeMb: 3, note: 'all at once' }],
      ],
      invalid: [
        { ...DRAFT, sizeMb: 0 },
        { ...DRAFT, sizeMb: 1_001 },
      ],
      named: (title) => ({ ...DRAFT, title }),
    },
    backend: ({ clock }) => {
      const folder = new Folder(clock);
      return {
        open: (process) => open(process.io('files', folder), process),
        objects: () => [...folder.entries.keys()],
        down: () => {
          folder.connection = 'down';
        },
        up: () => {
          folder.connection = 'up';
        },
        destroy: (external) => {
          folder.entries.delete(external);
        },
        makeForeign: (name) => {
          const file = `${name}.1.json`;
          folder.put(file, JSON.stringify({ ...DRAFT, title: name, owner: 'somebody else' }));
          return file;
        },
        secrets: [PASSWORD],
      };
    },
  };
}
