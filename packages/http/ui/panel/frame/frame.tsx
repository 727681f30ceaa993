import { useEffect, useRef, useState } from 'preact/hooks';
import type { Schema } from '../../hypermedia/documents.js';
import type { LiveState } from '../../hypermedia/live.js';
import { problemLine, problemOf } from '../../hypermedia/problem.js';
import { type Notice, pathTo, usePanel } from '../context.js';
import { PageAt } from '../pages/page-at.js';
import { ADMINISTRATION, EXTRA_PAGES, type ExtraPage, MENU } from '../pages/registry.js';
import { Preferences } from './preferences.js';
import type { Place } from './router.js';

interface FrameProps {
  readonly place: Place;
  readonly notice: Notice | undefined;
  readonly signOut: () => void;
}

/** What is around every page: the menu, who is signed in, whether the connection holds, and what was just done. */
export function Frame({ place, notice, signOut }: FrameProps) {
  const { asking, home, live, say } = usePanel();
  const [state, setState] = useState<LiveState>(live.state);
  const [menu, setMenu] = useState<'closed' | 'open'>('closed');
  const main = useRef<HTMLElement>(null);
  const address = place.segments.join('/');
  useEffect(() => live.watchState(setState), [live]);
  useEffect(() => {
    setMenu('closed');
    // Readers who can’t see that another page is shown hear it by its heading.
    if (document.activeElement !== document.body) main.current?.focus({ preventScroll: true });
  }, [address]);
  return (
    <div class="frame">
      <a class="skip" href="#content">
        {say('frame.skip')}
      </a>
      <header class="bar">
        <button
          type="button"
          class="plain menu-button"
          aria-expanded={menu === 'open'}
          aria-controls="menu"
          onClick={() => setMenu(menu === 'open' ? 'closed' : 'open')}
        >
          ☰ <span class="hidden">{say('frame.menu')}</span>
        </button>
        <a class="brand" href={`${home}/`}>
          gdcloud
        </a>
        <span class="bar-rest">
          <span class="account" title={say('frame.account', { name: asking.accountName })}>
            <bdi>{asking.accountName}</bdi>
          </span>
          <Preferences />
          <button type="button" onClick={signOut}>
            {say('frame.signOut')}
          </button>
        </span>
      </header>
      <Menu isOpen={menu === 'open'} at={place.segments[0] ?? ''} />
      <main id="content" ref={main} tabIndex={-1}>
        {state === 'lost' && (
          <p class="offline" role="alert">
            {say('frame.offline')}
          </p>
        )}
        <PageAt place={place} />
      </main>
      <div class="toast" role="status" aria-live="polite">
        {notice !== undefined && <NoticeText notice={notice} />}
      </div>
    </div>
  );
}

function NoticeText({ notice: { text, undo } }: { readonly notice: Notice }) {
  const { say, language, notify } = usePanel();
  const takeBack = (): void => {
    undo?.().then(
      () => notify(say('toast.undone')),
      (thrown: unknown) => notify(problemLine(problemOf(thrown), language)),
    );
  };
  return (
    <p>
      {text}
      {undo !== undefined && (
        <button type="button" class="plain" onClick={takeBack}>
          {say('action.undo')}
        </button>
      )}
    </p>
  );
}

function Menu({ isOpen, at }: { readonly isOpen: boolean; readonly at: string }) {
  const { asking, catalogue, home, labels, say } = usePanel();
  const known = [...MENU.flatMap(({ types }) => types), ...ADMINISTRATION];
  const more = catalogue.listed.filter(({ id }) => !known.includes(id));
  const isAdministrator = asking.kind !== 'user';
  const extra = (audience: ExtraPage['for']) =>
    EXTRA_PAGES.filter((page) => page.for === audience).map(({ path, title }) =>
      link(`/${path}`, say(title)),
    );
  const groups = [
    ...MENU.map(({ title, types }) => ({ title: say(title), links: linksTo(typesOf(types)) })),
    { title: say('frame.more'), links: linksTo(more) },
    {
      title: say('frame.admin'),
      links: isAdministrator
        ? [...extra('administrators'), ...linksTo(typesOf(ADMINISTRATION))]
        : [],
    },
  ];
  function linksTo(schemas: readonly Schema[]) {
    return schemas.map((schema) => link(pathTo(schema.pluralName), labels.plural(schema)));
  }
  function typesOf(types: readonly string[]): readonly Schema[] {
    return types.flatMap((id) => catalogue.listed.find((schema) => schema.id === id) ?? []);
  }
  function link(path: string, text: string) {
    return (
      <li key={path}>
        <a href={home + path} aria-current={path === `/${at}` ? 'page' : undefined}>
          {text}
        </a>
      </li>
    );
  }
  return (
    <nav id="menu" class={isOpen ? 'menu open' : 'menu'} aria-label={say('frame.menu')}>
      <ul>
        {link('/', say('frame.overview'))}
        {extra('everybody')}
      </ul>
      {groups
        .filter(({ links }) => links.length > 0)
        .map(({ title, links }) => (
          <section key={title}>
            <h2>{title}</h2>
            <ul>{links}</ul>
          </section>
        ))}
    </nav>
  );
}
