import { render } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError } from '#client/errors.js';
import { labelsIn } from '#texts/labels.js';
import { type Language, speaker } from '#texts/speak.js';
import { quantitiesIn } from '../format/quantities.js';
import type { Catalogue } from '../hypermedia/catalogue.js';
import { type Asking, CloudApi } from '../hypermedia/cloud-api.js';
import { Live } from '../hypermedia/live.js';
import { type Notice, type Panel, PanelContext } from './context.js';
import { Frame } from './frame/frame.js';
import { SpokenContext } from './frame/preferences.js';
import { useRouter } from './frame/router.js';
import { type Credentials, forget, remember, rememberedCredentials } from './frame/session.js';
import {
  chooseLanguage,
  chosenLanguage,
  chosenTheme,
  localeFor,
  showTheme,
} from './frame/settings.js';
import { SignIn } from './frame/sign-in.js';

/** What is known once somebody is signed in. */
interface SignedIn {
  readonly api: CloudApi;
  readonly catalogue: Catalogue;
  readonly live: Live;
  readonly asking: Asking;
}

const NOTICE_MS = 6_000;
/** As long as a reader may need to think better of it. */
const UNDO_MS = 20_000;

function Application({ prefix }: { readonly prefix: string }) {
  const home = `${prefix}/panel`;
  const { place, go } = useRouter(home);
  const [language, setLanguage] = useState<Language>(chosenLanguage);
  const [signedIn, setSignedIn] = useState<SignedIn | undefined>();
  const [asksWho, setAsksWho] = useState(rememberedCredentials() === undefined);
  const [notice, setNotice] = useState<Notice | undefined>();
  const timer = useRef(0);
  const say = useMemo(() => speaker(language), [language]);

  const enter = async (credentials: Credentials): Promise<void> => {
    const api = new CloudApi(location.origin + prefix, credentials);
    const [asking, catalogue] = await Promise.all([api.whoAsks(), api.catalogue()]);
    remember(credentials);
    const live = new Live(api);
    live.run().catch((thrown: unknown) => {
      if (thrown instanceof ApiError && thrown.status === 401) signOut();
    });
    setSignedIn({ api, catalogue, live, asking });
  };
  const signOut = (): void => {
    forget();
    setSignedIn((last) => {
      last?.live.close();
      return undefined;
    });
    setAsksWho(true);
  };
  useEffect(() => {
    const known = rememberedCredentials();
    if (known !== undefined) enter(known).catch(() => setAsksWho(true));
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  const panel = useMemo((): Panel | undefined => {
    if (signedIn === undefined) return undefined;
    const notify: Panel['notify'] = (text, undo) => {
      clearTimeout(timer.current);
      setNotice({ text, undo });
      const length = undo === undefined ? NOTICE_MS : UNDO_MS;
      timer.current = window.setTimeout(() => setNotice(undefined), length);
    };
    const labels = labelsIn(say);
    const amounts = quantitiesIn(localeFor(language));
    return { ...signedIn, language, say, labels, amounts, home, go, notify };
  }, [signedIn, say, language, home]);
  const change = (chosen: Language): void => {
    chooseLanguage(chosen);
    setLanguage(chosen);
  };
  return (
    <SpokenContext.Provider value={{ language, say, change }}>
      {panel !== undefined ? (
        <PanelContext.Provider value={panel}>
          <Frame place={place} notice={notice} signOut={signOut} />
        </PanelContext.Provider>
      ) : asksWho ? (
        <SignIn language={language} say={say} enter={enter} />
      ) : (
        <p class="starting" role="status">
          {say('loading')}
        </p>
      )}
    </SpokenContext.Provider>
  );
}

showTheme(chosenTheme());
const room = document.getElementById('panel');
if (room !== null) {
  room.replaceChildren();
  render(<Application prefix={document.documentElement.dataset['prefix'] ?? ''} />, room);
}
