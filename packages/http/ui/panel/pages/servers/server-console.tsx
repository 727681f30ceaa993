import type RFB from '@novnc/novnc';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { MessageName } from '#texts/messages.js';
import { textOf } from '../../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { usePanel } from '../../context.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { titleOf } from '../../titles.js';
import type { SectionProps } from '../registry.js';

/** How the connection to a screen is doing. */
type ConsoleState = 'closed' | 'connecting' | 'open' | 'lost';

const SAID: { readonly [state in ConsoleState]: MessageName } = {
  closed: 'console.closed',
  connecting: 'console.connecting',
  open: 'console.open',
  lost: 'console.lost',
};

/**
 * The screen and keyboard of a server, in the page. The URL that the API gives opens one console, once: every try asks for
 * another. Keys go to the server while its screen has the focus; Shift and Escape together take the focus away from it.
 */
export function ServerConsole({ resource }: SectionProps) {
  const { api, say } = usePanel();
  const [state, setState] = useState<ConsoleState>('closed');
  const [problem, setProblem] = useState<Problem | undefined>();
  const room = useRef<HTMLDivElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const leave = useRef<HTMLButtonElement>(null);
  const connection = useRef<RFB>();
  const url = resource.actions['console'];

  const close = (): void => {
    connection.current?.disconnect();
    connection.current = undefined;
  };
  useEffect(() => close, []);
  const leaving = useRef<'no' | 'yes'>('no');
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    leaving.current = 'yes';
  };
  // Not before Shift is up again: the server would see it held down for ever.
  const released = (event: KeyboardEvent): void => {
    if (event.key !== 'Shift' || leaving.current === 'no') return;
    leaving.current = 'no';
    setTimeout(() => leave.current?.focus());
  };

  const open = async (): Promise<void> => {
    if (url === undefined || screen.current === null) return;
    close();
    setState('connecting');
    setProblem(undefined);
    try {
      // Large, and needed by few: it comes when it is asked for.
      const [{ default: Screen }, answer] = await Promise.all([
        import('@novnc/novnc'),
        api.act(url),
      ]);
      const opened = new Screen(screen.current, textOf(answer['url']), { wsProtocols: ['binary'] });
      opened.scaleViewport = true;
      opened.background = 'transparent';
      const isCurrent = (): boolean => connection.current === opened;
      opened.addEventListener('connect', () => {
        if (!isCurrent()) return;
        setState('open');
        opened.focus();
      });
      opened.addEventListener('disconnect', () => {
        if (isCurrent()) setState('lost');
      });
      connection.current = opened;
    } catch (thrown) {
      setState('closed');
      setProblem(problemOf(thrown));
    }
  };
  const shut = (): void => {
    close();
    setState('closed');
  };
  if (url === undefined && state === 'closed') return null;
  const isShown = state === 'open' || state === 'connecting';
  return (
    <section id="console">
      <h2>{say('console.title', { name: titleOf(resource) })}</h2>
      <p role="status" class="quiet">
        {say(SAID[state])}
      </p>
      <ProblemBox problem={problem} />
      <div class="console" ref={room}>
        <div class="actions" role="group" aria-label={say('console.keys')}>
          {!isShown && url !== undefined && (
            <button type="button" class="main" onClick={() => void open()}>
              {state === 'lost' ? say('console.again') : say('console.start')}
            </button>
          )}
          {isShown && (
            <>
              <button
                ref={leave}
                type="button"
                onClick={() => connection.current?.sendCtrlAltDel()}
              >
                {say('console.ctrlAltDel')}
              </button>
              <button type="button" onClick={() => turnFull(room.current)}>
                {say('console.full')}
              </button>
              <button type="button" onClick={() => void open()}>
                {say('console.again')}
              </button>
              <button type="button" onClick={shut}>
                {say('action.close')}
              </button>
            </>
          )}
        </div>
        {isShown && <p class="quiet console-keys">{say('console.leave')}</p>}
        <div
          ref={screen}
          class="console-screen"
          hidden={!isShown}
          role="application"
          aria-label={say('console.title', { name: titleOf(resource) })}
          onKeyDownCapture={pressed}
          onKeyUpCapture={released}
        />
      </div>
    </section>
  );
}

function turnFull(room: HTMLElement | null): void {
  const turned =
    document.fullscreenElement === null ? room?.requestFullscreen() : document.exitFullscreen();
  // Browsers may refuse; the screen stays as it is then.
  turned?.catch(() => undefined);
}
