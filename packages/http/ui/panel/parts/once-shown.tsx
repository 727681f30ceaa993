import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Resource, type Schema, textOf } from '../../hypermedia/documents.js';
import { usePanel } from '../context.js';
import { titleOf } from '../titles.js';
import { CopyButton } from './copy-button.js';
import { fileName, SaveLink } from './save-link.js';

/** What shows secrets of a type in a way of its own. */
export type SecretsView = ComponentType<{ readonly resource: Resource }>;

interface OnceShownProps {
  readonly schema: Schema;
  /** The answer that has them. */
  readonly resource: Resource;
  readonly own: SecretsView | undefined;
  /** The reader has kept them. */
  readonly onDone: () => void;
}

/** The fields of an answer that no other answer will have. */
export function secretsOf({ resourceFields }: Schema, resource: Resource): readonly string[] {
  return Object.keys(resourceFields).filter(
    (name) => resourceFields[name]?.readOnCreateOnly === true && textOf(resource[name]) !== '',
  );
}

/** Secrets that are shown this once, in sight until the reader says that they are kept. */
export function OnceShown({ schema, resource, own: Own, onDone }: OnceShownProps) {
  const { labels, say } = usePanel();
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    head.current?.focus();
    const leaving = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', leaving);
    return () => removeEventListener('beforeunload', leaving);
  }, []);
  return (
    <section class="once">
      <h2 ref={head} tabIndex={-1}>
        {say('once.title', { name: titleOf(resource) })}
      </h2>
      <p class="warning">
        <strong>⚠ {say('once.warning')}</strong>
      </p>
      {Own !== undefined ? (
        <Own resource={resource} />
      ) : (
        secretsOf(schema, resource).map((name) => (
          <Secret
            key={name}
            label={labels.field(schema.id, name)}
            text={textOf(resource[name])}
            file={`${fileName(titleOf(resource), schema.id)}.txt`}
          />
        ))
      )}
      <button type="button" class="main" onClick={onDone}>
        {say('once.done')}
      </button>
    </section>
  );
}

interface SecretProps {
  readonly label: string;
  readonly text: string;
  /** What it is saved as; it is not offered where this is left out. */
  readonly file?: string;
}

/** One text that has to be kept: to be read, copied, or saved. */
export function Secret({ label, text, file }: SecretProps) {
  return (
    <div class="secret">
      <p class="secret-label">{label}</p>
      <pre>{text}</pre>
      <div class="actions">
        <CopyButton text={text} what={label} />
        {file !== undefined && <SaveLink file={file} text={text} />}
      </div>
    </div>
  );
}
