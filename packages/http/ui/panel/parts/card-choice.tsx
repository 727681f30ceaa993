import type { ComponentChildren } from 'preact';
import { FieldNote } from './field-note.js';

/** Something to choose. */
export interface Card {
  readonly value: string;
  readonly title: string;
  readonly text?: ComponentChildren;
}

interface CardChoiceProps {
  readonly legend: string;
  /** The name of the field: what the API blames. */
  readonly name: string;
  readonly cards: readonly Card[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly about?: string | undefined;
  readonly wrong: string | undefined;
}

/** More are better found in a list. */
const MOST = 12;

/** One of a few, each with what speaks for it, as radio buttons that look like cards. */
export function CardChoice(props: CardChoiceProps) {
  const { legend, name, cards, value, onChange, about, wrong } = props;
  return (
    <fieldset class="cards" aria-invalid={wrong !== undefined}>
      <legend>{legend}</legend>
      {cards.length > MOST ? (
        <select
          aria-label={legend}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {cards.map((card) => (
            <option key={card.value} value={card.value}>
              {card.title}
            </option>
          ))}
        </select>
      ) : (
        <div class="cards-room">
          {cards.map((card) => (
            <label key={card.value} class="card">
              <input
                type="radio"
                name={name}
                value={card.value}
                checked={card.value === value}
                onChange={() => onChange(card.value)}
              />
              <bdi class="card-title">{card.title}</bdi>
              {card.text !== undefined && <span class="quiet">{card.text}</span>}
            </label>
          ))}
        </div>
      )}
      {(wrong ?? about) !== undefined && <FieldNote wrong={wrong} about={about} />}
    </fieldset>
  );
}
