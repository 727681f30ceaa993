import { useEffect, useRef, useState } from 'preact/hooks';
import type { Speak } from '#texts/speak.js';
import type { CloudApi } from '../hypermedia/cloud-api.js';
import type { Resource } from '../hypermedia/documents.js';

interface ReferenceChoiceProps {
  readonly id: string;
  readonly api: CloudApi;
  readonly say: Speak;
  /** The list to choose from; undefined where the caller sees none. */
  readonly url: string | undefined;
  /** What a resource is called. */
  readonly titleOf: (resource: Resource) => string;
  /** What is chosen here, where no label says it. */
  readonly label?: string | undefined;
  /** The id of what is chosen; empty for nothing. */
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly isRequired: boolean;
  readonly describedBy: string | undefined;
  readonly isWrong: boolean;
}

const MOST = 20;
const PAUSE_MS = 150;

/**
 * A choice among the resources of a type, found by the beginning of their names, as a combobox of the ARIA patterns: arrows
 * move, Enter takes, Escape closes.
 */
export function ReferenceChoice(props: ReferenceChoiceProps) {
  const { id, api, say, url, titleOf, label, value } = props;
  const { onChange, isRequired, describedBy, isWrong } = props;
  const list = `${id}-choices`;
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Resource[]>([]);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const names = useRef(new Map<string, string>());

  useEffect(() => {
    if (url === undefined || value === '' || names.current.has(value))
      return setText(nameOf(value));
    const end = new AbortController();
    api.read(`${url}/${encodeURIComponent(value)}`, end.signal).then(
      (resource) => {
        names.current.set(value, titleOf(resource));
        setText(titleOf(resource));
      },
      () => setText(value),
    );
    return () => end.abort();
  }, [value, url]);

  useEffect(() => {
    if (!open || url === undefined) return;
    const end = new AbortController();
    const search = text === nameOf(value) ? '' : text;
    const asked = new URLSearchParams({ limit: String(MOST) });
    if (search !== '') asked.set('name_like', `%${search.replace(/[%_\\]/g, '\\$&')}%`);
    const wait = setTimeout(() => {
      api.page(`${url}?${asked}`, end.signal).then(
        ({ data }) => {
          for (const resource of data) names.current.set(resource.id, titleOf(resource));
          setFound(data);
          setAt(0);
        },
        () => setFound([]),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(wait);
      end.abort();
    };
  }, [open, text, url]);

  function nameOf(chosen: string): string {
    return chosen === '' ? '' : (names.current.get(chosen) ?? chosen);
  }
  const take = (resource: Resource | undefined): void => {
    if (resource === undefined) return;
    onChange(resource.id);
    setText(titleOf(resource));
    setOpen(false);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) {
        setOpen(true);
        return;
      }
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((last) => (last + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      take(found[at]);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      setOpen(false);
    }
  };
  const left = (): void => {
    setOpen(false);
    if (text === '') onChange('');
    else setText(nameOf(value));
  };
  return (
    <div class="choice">
      <input
        id={id}
        type="text"
        role="combobox"
        autocomplete="off"
        aria-expanded={open}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={open && found[at] !== undefined ? `${list}-${at}` : undefined}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={isWrong}
        aria-required={isRequired}
        placeholder={say('reference.choose')}
        value={text}
        onClick={() => setOpen(true)}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
        }}
        onKeyDown={pressed}
        onBlur={left}
      />
      <div
        id={list}
        class="choices"
        role="listbox"
        hidden={!open}
        aria-label={say('reference.choose')}
      >
        {found.map((resource, index) => (
          <div
            key={resource.id}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            // The input loses the focus by a click, which would close the list before the click is heard.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(resource)}
          >
            <bdi>{titleOf(resource)}</bdi> <span class="quiet">{resource.id}</span>
          </div>
        ))}
        {found.length === 0 && (
          <div role="option" tabIndex={-1} aria-disabled="true" aria-selected="false">
            {say('reference.none')}
          </div>
        )}
      </div>
    </div>
  );
}
