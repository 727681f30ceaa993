import { render } from 'preact';
import { useState } from 'preact/hooks';
import type { Resource } from '../hypermedia/documents.js';
import { ReferenceChoice } from '../parts/reference-choice.js';
import { found, made, type PageTools } from './page-tools.js';

/** Makes inputs for ids of other resources searchable, as soon as they can be seen: they ask for names. */
export function addReferenceChoices(part: Element, tools: PageTools): void {
  for (const input of found(part, 'input[data-choices]', HTMLInputElement)) {
    const folded = input.closest('details:not([open])');
    if (folded === null) addChoice(input, tools);
    else
      folded.addEventListener('toggle', () => addReferenceChoices(folded, tools), { once: true });
  }
}

/** Puts a choice in the place of an input, which goes on to hold the id. What is returned takes it away again. */
export function addChoice(input: HTMLInputElement, tools: PageTools): () => void {
  const url = input.dataset['choices'];
  const id = input.id === '' ? nextId() : input.id;
  const room = made('div', {});
  delete input.dataset['choices'];
  input.type = 'hidden';
  input.removeAttribute('id');
  input.before(room);
  render(<Chosen id={id} url={url} input={input} tools={tools} />, room);
  return () => {
    render(null, room);
    room.remove();
    input.id = id;
    input.type = 'text';
  };
}

function nameOf({ name, type, id }: Resource): string {
  return typeof name === 'string' && name !== '' ? name : `${type} ${id}`;
}

let unnamed = 0;

function nextId(): string {
  unnamed += 1;
  return `choice-${unnamed}`;
}

interface ChosenProps {
  readonly id: string;
  readonly url: string | undefined;
  readonly input: HTMLInputElement;
  readonly tools: PageTools;
}

function Chosen({ id, url, input, tools: { api, say } }: ChosenProps) {
  const [value, setValue] = useState(input.value);
  return (
    <ReferenceChoice
      id={id}
      api={api}
      say={say}
      url={url}
      titleOf={nameOf}
      label={input.getAttribute('aria-label') ?? undefined}
      value={value}
      isRequired={input.hasAttribute('data-required')}
      describedBy={input.getAttribute('aria-describedby') ?? undefined}
      isWrong={input.getAttribute('aria-invalid') === 'true'}
      onChange={(chosen) => {
        input.value = chosen;
        setValue(chosen);
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }}
    />
  );
}
