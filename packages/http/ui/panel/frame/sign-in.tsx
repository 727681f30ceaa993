import { useState } from 'preact/hooks';
import { ApiError } from '#client/errors.js';
import type { Language, Speak } from '#texts/speak.js';
import { problemLine, problemOf } from '../../hypermedia/problem.js';
import { Preferences } from './preferences.js';
import type { Credentials } from './session.js';

interface SignInProps {
  readonly language: Language;
  readonly say: Speak;
  /** Throws what the API throws. */
  readonly enter: (credentials: Credentials) => Promise<void>;
}

/** The first thing that somebody without a key sees. */
export function SignIn({ language, say, enter }: SignInProps) {
  const [wrong, setWrong] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const send = async (
    event: SubmitEvent & { readonly currentTarget: HTMLFormElement },
  ): Promise<void> => {
    event.preventDefault();
    const entered = new FormData(event.currentTarget);
    const text = (name: string): string => {
      const value = entered.get(name);
      return typeof value === 'string' ? value : '';
    };
    setBusy(true);
    try {
      await enter({ accessKey: text('name').trim(), secretKey: text('secret') });
    } catch (thrown) {
      setWrong(reason(thrown));
      setBusy(false);
    }
  };
  const reason = (thrown: unknown): string =>
    thrown instanceof ApiError && thrown.status === 401
      ? say('signIn.wrong')
      : problemLine(problemOf(thrown), language);
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void send(event)}>
        <p class="brand">gdcloud</p>
        <h1>{say('signIn.title')}</h1>
        <div class="field">
          <label for="sign-in-name">{say('signIn.name')}</label>
          <input id="sign-in-name" name="name" autocomplete="username" required />
        </div>
        <div class="field">
          <label for="sign-in-secret">{say('signIn.secret')}</label>
          <input
            id="sign-in-secret"
            name="secret"
            type="password"
            autocomplete="current-password"
            required
          />
        </div>
        {wrong !== undefined && (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
        <button type="submit" class="main" disabled={busy}>
          {say('signIn.button')}
        </button>
        <p class="quiet">{say('signIn.where')}</p>
        <div class="preferences">
          <Preferences />
        </div>
      </form>
    </main>
  );
}
