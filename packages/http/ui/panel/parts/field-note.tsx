import type { ComponentChildren } from 'preact';

interface FieldNoteProps {
  readonly id?: string;
  /** What the API says is wrong with the field; its language is English. */
  readonly wrong: string | undefined;
  readonly about: ComponentChildren;
}

/** What stands under an input: what is wrong with it, or else what it is. */
export function FieldNote({ id, wrong, about }: FieldNoteProps) {
  return wrong === undefined ? (
    <p id={id} class="quiet">
      {about}
    </p>
  ) : (
    <p id={id} class="wrong" lang="en">
      {wrong}
    </p>
  );
}
