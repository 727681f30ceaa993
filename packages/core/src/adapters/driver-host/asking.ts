import { DriverFailure, ensureError } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import type { DriverCall } from '../../ports/driver.js';
import { type DriverRequest, isMutation, writeRequest } from './driver-request.js';
import type { EnvelopeKind } from './envelope.js';
import { isObject } from './json-reading.js';
import type { HeardLife } from './presence.js';
import { parseFailure } from './wire-failure.js';

/** Pauses between resends while nothing is heard; each is twice the one before. Milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 2_000;
/** The pause once the host has said that the call is under way. */
const ACCEPTED_PAUSE = 3_000;

/** What of a client one call of it needs. */
export interface AskingPlace {
  readonly host: string;
  readonly clock: Clock;
  /** The life to talk to. */
  life(): HeardLife | undefined;
  /** Whether it is worth while to wait for a host that was not heard yet. */
  mayStillBeHeard(): 'yes' | 'no';
  seek(): void;
  newId(): string;
  send(
    kind: EnvelopeKind,
    message: {
      readonly id: string;
      readonly life: string;
      readonly at: number;
      readonly until: number;
      readonly body: Json;
    },
  ): 'sent' | 'too large';
  /** Answers to the id are this call's, until it is forgotten. */
  expect(id: string, asking: Asking): void;
  forget(id: string, asking: Asking): void;
}

/** How a call ends. */
export interface AskingEnd {
  resolve(answer: Json): void;
  reject(failure: DriverFailure): void;
}

/**
 * One call of a driver on its way: sent again until it is answered, given up, or can't be answered any more. It goes to
 * one life of the host only. A look may go to the next life; a change may not, as nobody knows how far it got.
 */
export class Asking {
  readonly #place: AskingPlace;
  readonly #request: DriverRequest;
  readonly #call: DriverCall;
  readonly #end: AskingEnd;
  readonly #body: Json;
  readonly #endsAt: number;
  #id: string;
  #sentTo: HeardLife | undefined;
  #pause = FIRST_PAUSE;
  #state: 'asking' | 'ended' = 'asking';
  #cancel: Cancel = () => undefined;
  readonly #abort = (): void => {
    this.#giveUp(`it was given up: ${ensureError(this.#call.signal.reason).message}`, 'NoAnswer');
  };

  constructor(place: AskingPlace, request: DriverRequest, call: DriverCall, end: AskingEnd) {
    const { fence, operation, trace } = call;
    this.#place = place;
    this.#request = request;
    this.#call = call;
    this.#end = end;
    this.#body = writeRequest({ request, fence, operation, trace });
    this.#endsAt = place.clock.monotonic() + (call.deadline - place.clock.now());
    this.#id = place.newId();
  }

  /** Starts. Called once. */
  begin(): void {
    const { signal } = this.#call;
    this.#place.expect(this.#id, this);
    if (signal.aborted) {
      this.#abort();
      return;
    }
    signal.addEventListener('abort', this.#abort, { once: true });
    this.step();
  }

  /** Does what is to be done next: seek, send, or give up. Called when time has passed, and when a life was heard of. */
  step(): void {
    if (this.#state === 'ended') return;
    this.#cancel();
    const life = this.#place.life();
    if (this.#place.clock.monotonic() >= this.#endsAt) this.#giveUp('its time is up', 'NoAnswer');
    else if (life === undefined) this.#miss();
    else if (life.drivers === 'others') {
      this.#giveUp(
        'it runs other drivers than this kernel was configured with',
        'DriverHostDiffers',
      );
    } else if (this.#sentTo !== undefined && this.#sentTo.life !== life.life) this.#follow(life);
    else this.#send(life);
  }

  /** A word of the host about this call. `life` is that of the speaker. */
  hear(kind: 'accepted' | 'reply', life: string, body: Json): void {
    if (life !== this.#sentTo?.life) return;
    if (kind === 'accepted') {
      this.#pause = ACCEPTED_PAUSE;
      this.#wait(ACCEPTED_PAUSE);
      return;
    }
    this.#finish();
    const answer = isObject(body) ? body : {};
    const failure = parseFailure(answer['failure']);
    if (failure !== undefined) this.#end.reject(failure);
    else if (answer['result'] !== undefined) this.#end.resolve(answer['result']);
    else this.#end.reject(garbled(this.#place.host, this.#request));
  }

  /** Ends it: the client is closed. */
  close(): void {
    this.#giveUp('this process is stopping', 'NoAnswer');
  }

  #miss(): void {
    const isHopeless = this.#sentTo !== undefined || this.#place.mayStillBeHeard() === 'no';
    if (isHopeless) {
      this.#giveUp('nothing is heard of it', 'DriverHostAway');
      return;
    }
    this.#place.seek();
    this.#wait(FIRST_PAUSE);
  }

  #follow(life: HeardLife): void {
    if (isMutation(this.#request)) {
      this.#giveUp('it was started anew meanwhile', 'DriverHostRestarted');
      return;
    }
    this.#place.forget(this.#id, this);
    this.#id = this.#place.newId();
    this.#place.expect(this.#id, this);
    this.#pause = FIRST_PAUSE;
    this.#send(life);
  }

  #send(life: HeardLife): void {
    const now = this.#place.clock.monotonic();
    const sent = this.#place.send('request', {
      id: this.#id,
      life: life.life,
      at: now + life.ahead,
      until: this.#endsAt + life.ahead,
      body: this.#body,
    });
    if (sent === 'too large') {
      this.#finish();
      this.#end.reject(
        failure('rejected', 'RequestTooLarge', this.#place.host, {
          what: 'the request is larger than a message may be',
          remedy: 'Raise largestMessage on both sides, or ask for less.',
        }),
      );
      return;
    }
    this.#sentTo = life;
    this.#wait(this.#pause);
    this.#pause = Math.min(2 * this.#pause, Math.max(LONGEST_PAUSE, this.#pause));
  }

  #wait(pause: number): void {
    this.#cancel();
    const left = Math.max(0, this.#endsAt - this.#place.clock.monotonic());
    this.#cancel = this.#place.clock.schedule(Math.min(pause, left), () => this.step());
  }

  #giveUp(what: string, code: string): void {
    if (this.#state === 'ended') return;
    const sentTo = this.#sentTo;
    this.#finish();
    if (sentTo !== undefined) {
      const at = this.#place.clock.monotonic() + sentTo.ahead;
      this.#place.send('cancel', {
        id: this.#place.newId(),
        life: sentTo.life,
        at,
        until: at,
        body: { request: this.#id },
      });
    }
    // What was sent may have been done, whoever did not hear of it. A look has at least shown nothing.
    const outcome = sentTo !== undefined && isMutation(this.#request) ? 'ambiguous' : 'unavailable';
    this.#end.reject(
      failure(outcome, code, this.#place.host, { what, remedy: REMEDIES[code] ?? REMEDY }),
    );
  }

  #finish(): void {
    this.#state = 'ended';
    this.#cancel();
    this.#call.signal.removeEventListener('abort', this.#abort);
    this.#place.forget(this.#id, this);
  }
}

/** What came back is no answer to what was asked. */
export function garbled(host: string, request: DriverRequest): DriverFailure {
  return failure(isMutation(request) ? 'ambiguous' : 'unavailable', 'DriverHostGarbled', host, {
    what: `its answer to ${request.verb} is not understood`,
    remedy: 'Run the same version of gdcloud on both sides.',
  });
}

const REMEDY = 'It is asked again by itself.';
const REMEDIES: Readonly<Record<string, string>> = {
  DriverHostAway:
    'Start it, and check that it and this process reach the same message bus with the same key; work resumes by itself.',
  DriverHostDiffers: 'Give the kernel the manifest of this driver host, and restart it.',
};

function failure(
  outcome: DriverFailure['outcome'],
  code: string,
  host: string,
  { what, remedy }: { readonly what: string; readonly remedy: string },
): DriverFailure {
  return new DriverFailure(outcome, code, `driver host ${host}: ${what}`, { remedy });
}
