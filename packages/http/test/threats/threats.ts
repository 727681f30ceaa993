/** Where a test is, and what it is called; of tests whose names are put together, a part that stands in the source. */
export interface Proof {
  /** From the root of the repository. */
  readonly file: string;
  readonly test: string;
}

/** A threat of security.md 1.1, and the tests that fail where it is real. */
export interface Threat {
  /** `T1` … `T48`. */
  readonly number: string;
  readonly threat: string;
  readonly proofs: readonly Proof[];
}

const at =
  (folder: string) =>
  (file: string, test: string): Proof => ({ file: `${folder}/${file}.test.ts`, test });
const http = at('packages/http/test');
const core = at('packages/core/test');
const server = at('examples/server/test');
const nfs = at('packages/driver-nfs-vhd/test');
const vlan = at('packages/driver-vlan/test');
const xen = at('packages/driver-xenserver/test');

const MATRIX = http(
  'authorisation/matrix',
  'whoever asks for whatever is let through or refused as the declarations say',
);
const BAD_INPUTS = http(
  'bad-inputs/bad-inputs',
  'every bad input is answered as listed by a real cloud, and changes nothing',
);
const FUZZ = http(
  'fuzz/requests',
  'no request that the declarations suggest is answered with a 5xx',
);

/** All threats, first those to who may do what, then those to the wire, to the outside, and to what is run. */
export const THREATS: readonly Threat[] = [
  {
    number: 'T1',
    threat: 'reading or changing what is another account’s',
    proofs: [
      MATRIX,
      http(
        'authorisation/matrix',
        'what is another account’s is answered for as what is not there',
      ),
      http(
        'authorisation/matrix',
        'everything that the OpenAPI document describes is in the matrix',
      ),
    ],
  },
  {
    number: 'T2',
    threat: 'references, filters, orders, includes, counts and refusals that tell of others',
    proofs: [
      http(
        'authorisation/leaks',
        'a reference to what is another account’s is one to what is not there',
      ),
      http(
        'authorisation/leaks',
        'no filter and no order tells anything of what is another account’s',
      ),
      http(
        'authorisation/leaks',
        'what is included, explained, planned and told of what happened names nothing foreign',
      ),
      http(
        'authorisation/leaks',
        'lists have all that who asks may see and nothing else, and count no more',
      ),
      http('authorisation/leaks', 'how much others have is in no refusal'),
    ],
  },
  {
    number: 'T3',
    threat: 'administrators’ actions asked for by users',
    proofs: [
      MATRIX,
      http(
        'authorisation/matrix',
        'every link and action that is shown can be followed by who sees it',
      ),
      core('kernel/scopes', 'a key opens exactly its verbs on exactly its types'),
    ],
  },
  {
    number: 'T4',
    threat: 'mass assignment',
    proofs: [
      http(
        'authorisation/fields',
        'whatever else a body brings, it writes nothing but what it may',
      ),
      http(
        'authorisation/fields',
        'who makes something makes it for themselves, and of what they may choose',
      ),
    ],
  },
  {
    number: 'T5',
    threat: 'more data than is meant to be shown',
    proofs: [
      http(
        'authorisation/fields',
        'what is shown of a resource is what its declaration shows, whoever reads it',
      ),
      http('authorisation/fields', 'a secret is told once, to who made it'),
      FUZZ,
    ],
  },
  {
    number: 'T6',
    threat: 'guessing keys',
    proofs: [
      http(
        'limits/sign-ins',
        'of 10,000 wrong tries of one name no more are looked at than may be',
      ),
      http('limits/sign-ins', 'nobody is locked out: seconds later it signs in here, too'),
      http('limits/sign-ins', 'the right key signs in from anywhere else, whatever is tried here'),
      core(
        'cloud/credential/logins',
        'nobody costs as many hashes, and as many reads, as somebody',
      ),
    ],
  },
  {
    number: 'T7',
    threat: 'checking passwords as a way to stop a server',
    proofs: [
      core(
        'cloud/credential/logins',
        'two passwords are hashed at a time, some wait, and others are told to come again',
      ),
      core('cloud/credential/logins', 'what is too long to be a password is not hashed'),
      http(
        'keys-and-people',
        'too many passwords at a time are answered 503 with Retry-After; keys go on',
      ),
    ],
  },
  {
    number: 'T8',
    threat: 'secrets told by how long a comparison takes',
    proofs: [
      core(
        'kernel/credentials',
        'only the right secret matches, and nothing matches a key that does not exist',
      ),
      core('kernel/telling-times', 'a wrong secret is told apart from no other by the time'),
      core(
        'kernel/telling-times',
        'a secret that was right under another name is as slow as one that never was',
      ),
      core(
        'cloud/credential/logins',
        'nobody costs as many hashes, and as many reads, as somebody',
      ),
    ],
  },
  {
    number: 'T9',
    threat: 'credentials in clear, in URLs and in logs',
    proofs: [
      http(
        'clear-credentials',
        'keys over plain http from other machines are refused, with what to do (T9)',
      ),
      server(
        'canaries',
        'what keys and people open the API with is in no answer, page, event or log',
      ),
      server('settings', 'without any setting it is one process on SQLite in the home folder'),
      BAD_INPUTS,
    ],
  },
  {
    number: 'T10',
    threat: 'forms of other sites',
    proofs: [
      http('csrf', 'a page of another site can not make a browser write'),
      http('csrf', 'nothing but POST can be turned into another method'),
    ],
  },
  {
    number: 'T11',
    threat: 'scripts and frames in the pages',
    proofs: [
      http(
        'threats/xss',
        '60 vectors in every text of every type make no element and no attribute',
      ),
      http('html', 'a page allows no script and no style but its own, and is framed by nobody'),
    ],
  },
  {
    number: 'T12',
    threat: 'JSON that is taken for something else',
    proofs: [
      http(
        'threats/answers',
        'no answer is a script: there are no callbacks, and JSON says what it is (T12)',
      ),
    ],
  },
  {
    number: 'T13',
    threat: 'other origins',
    proofs: [
      http('cross-origin', 'no page that is not exactly on the list may'),
      http('cross-origin', 'without a list there is none'),
    ],
  },
  {
    number: 'T14',
    threat: 'sessions that are fixed or stolen',
    proofs: [
      http(
        'threats/answers',
        'there are no sessions: no answer sets a cookie, and none is looked at (T14)',
      ),
    ],
  },
  {
    number: 'T15',
    threat: 'SQL in values and names',
    proofs: [
      http('fuzz/same-answers', 'over PostgreSQL requests are answered as over SQLite'),
      http('fuzz/same-answers', 'over MariaDB requests are answered as over SQLite'),
    ],
  },
  {
    number: 'T16',
    threat: 'being sent to places inside',
    proofs: [
      nfs('import/addresses', 'no spelling of an address leads inside'),
      nfs(
        'import/addresses',
        'a name that is one address when it is looked at and another when it is connected to leads nowhere',
      ),
      nfs('import/download', 'a redirect to a place inside is refused like the place itself'),
      http(
        'threats/loading',
        'nothing is fetched but by the driver that imports images, and its guard (T16)',
      ),
    ],
  },
  {
    number: 'T17',
    threat: 'paths that lead out of a share',
    proofs: [nfs('share/planted', 'at any name on a share leads nowhere and hangs nothing')],
  },
  {
    number: 'T18',
    threat: 'commands within values',
    proofs: [
      vlan('plan/appliance-document', 'hostile text never gets past the parsers'),
      core(
        'cloud/hostile-input',
        'no field of the resources of networks takes what could mean something else',
      ),
    ],
  },
  {
    number: 'T19',
    threat: 'disks that name files of others',
    proofs: [
      nfs('vhd/parents', 'whatever a child says of its parent, it is looked for beside it alone'),
      nfs(
        'vhd/hostile-headers',
        'whatever a header says of 2 TiB, little is read, and it is told exactly',
      ),
      nfs('import/formats', 'what names files of the host is refused by its header'),
    ],
  },
  {
    number: 'T20',
    threat: 'frames with others’ tags and addresses',
    proofs: [
      vlan('open-vswitch/isolation', 'what a tenant may send'),
      vlan('open-vswitch/isolation', 'on the trunk, each frame has the tag of its tenant'),
      core('cloud/network/isolation', 'an administrator is shown that networks are apart'),
    ],
  },
  {
    number: 'T21',
    threat: 'names that reach prototypes',
    proofs: [
      http('threats/pollution', 'no name that comes from outside reaches what objects inherit'),
    ],
  },
  {
    number: 'T22',
    threat: 'patterns that take for ever',
    proofs: [
      http('threats/regexes', 'every text field of every type tells an attack in 5 ms'),
      http(
        'threats/regexes',
        'every pattern of the code that meets texts of others is done with them in 5 ms',
      ),
    ],
  },
  {
    number: 'T23',
    threat: 'bodies that are too much',
    proofs: [
      BAD_INPUTS,
      http('failures', 'a client that sends far too much still reads why it is refused'),
    ],
  },
  {
    number: 'T24',
    threat: 'clients that are slow on purpose',
    proofs: [
      http(
        'server/slowloris',
        'beside hundreds of heads that drip others are served, and all that drips is ended',
      ),
      http(
        'server/connection-watch',
        'who does not take an answer is ended, who takes it slowly is not',
      ),
      http(
        'server/http2',
        'who gives up request after request is told to be calm (CVE-2023-44487)',
      ),
      http('server/http2', 'frames that ask for nothing and have to be answered come to an end'),
      http('server/http2', 'a body that drips is given up, and the rest of the session goes on'),
    ],
  },
  {
    number: 'T25',
    threat: 'messages that two readers understand differently',
    proofs: [
      BAD_INPUTS,
      http(
        'fuzz/mutated-messages',
        '6,000 mutated messages are answered or hung up on, and break nothing',
      ),
    ],
  },
  {
    number: 'T26',
    threat: 'too much by allowed means',
    proofs: [
      http('limits', 'more than an account may have is 422 and says how much that is'),
      http('limits/traffic', 'a key that asks too often is told when to come again'),
      http('events', 'an account has so many streams'),
    ],
  },
  {
    number: 'T27',
    threat: 'one account that keeps the kernel busy',
    proofs: [
      core('kernel/work-queue', 'one account’s ten thousand changes do not make another wait'),
    ],
  },
  {
    number: 'T28',
    threat: 'a creation that is repeated',
    proofs: [
      http('bad-inputs/bad-inputs', 'D31: the same creation at the same moment makes one thing'),
      core('kernel/desired-state', 'a client that chose the uuid may ask again and has asked once'),
      http(
        'client/lost-answers',
        'a create whose answer is lost makes one, however often it is lost',
      ),
      http('client/lost-answers', 'an action whose answer is lost is taken once'),
      http(
        'write-headers',
        'a POST that is repeated under its key makes one thing, and is answered alike',
      ),
      core(
        'kernel/idempotency',
        'of the same request at several processes at once one is carried out',
      ),
    ],
  },
  {
    number: 'T29',
    threat: 'changes that are lost',
    proofs: [
      http('failures', 'ETag changes with every change, and If-Match holds a PUT to what was read'),
      core('kernel/preconditions', 'a change that comes in between is seen, whichever write it is'),
      core('kernel/preconditions', 'a change that comes in between is seen, whichever write it is'),
    ],
  },
  {
    number: 'T30',
    threat: 'secrets at rest',
    proofs: [
      core('kernel/desired-state', 'a key’s secret is told once, and only its digest is kept'),
      core(
        'cloud/credential/logins',
        'a person signs in with user name and password, which is kept as a digest only',
      ),
      core(
        'cloud/secrets-at-rest',
        'no secret that has to be read again is in the database, nor in a file beside it',
      ),
      core('kernel/sealing/sealer', 'it opens in its own place only'),
      core('kernel/sealing/sealer', 'no sign of it can be changed'),
      core(
        'kernel/sealing/sealing',
        'a sealed text that is put into another row is not taken for that one’s',
      ),
      core(
        'kernel/sealing/keep-sealed',
        'two runs on one file bring everything under a new key, and the old one can go',
      ),
      core(
        'kernel/sealing/keep-sealed',
        'what an earlier release has left in clear is read, and sealed without a change',
      ),
      http('sealed-fields', 'one value that can’t be read takes nothing else away'),
    ],
  },
  {
    number: 'T31',
    threat: 'secrets in logs, errors, events and traces',
    proofs: [
      server(
        'canaries',
        'creates, failures and refusals leave no secret in logs, spans and metrics',
      ),
      server('canaries', 'a pool that refuses the password is told of without it'),
    ],
  },
  {
    number: 'T32',
    threat: 'forged hints and messages',
    proofs: [
      core(
        'adapters/redis/redis-message-bus',
        'what anybody else publishes is counted and dropped',
      ),
      core('adapters/driver-host/envelope', 'a message with any bit flipped is refused'),
      core(
        'adapters/redis/redis-tls',
        'over TLS, only a server with the right certificate is talked to',
      ),
    ],
  },
  {
    number: 'T33',
    threat: 'a pool or a share that is hostile',
    proofs: [
      xen(
        'client/hostile-wire',
        'whatever a pool answers, a call ends, and fails in a known way if it fails',
      ),
      xen('client/hostile-server', 'an answer that is too large is not kept'),
      xen('client/tls', 'only the certificates that were asked for are trusted'),
      xen('xml-rpc/codec', 'what is no XML-RPC, or means harm, is refused'),
    ],
  },
  {
    number: 'T34',
    threat: 'plug-ins that fail, hang or change what they are shown',
    proofs: [
      core('kernel/hook-runner', 'a hook that takes too long fails by name, after its own limit'),
      core('kernel/hook-runner', 'a hook that throws fails what it is part of, and is named'),
    ],
  },
  {
    number: 'T35',
    threat: 'plug-ins that take the place of others unseen',
    proofs: [
      core('plug-in', 'two plug-ins that fill one port are refused, and named by their places'),
      core('plug-in', 'what sign-ins and the log rest on is replaced only where that is allowed'),
      core(
        'plug-in',
        'a plug-in that kept the container can look in it later, and register nothing',
      ),
      core('plug-in', 'a driver host is put together by the same rules'),
      core('model/registry', 'two types of one name contradict each other'),
      core('kernel/hook-runner', 'two hooks of one name at one point are refused'),
      core('create-cloud', 'reconcilers that contradict the types or each other are refused'),
    ],
  },
  {
    number: 'T36',
    threat: 'changes that nobody can be asked about',
    proofs: [
      core('kernel/desired-state', 'the history says who asked for what'),
      http(
        'audit-log',
        'every mutating request that is carried out leaves one record, every other none',
      ),
      core('cloud/audit-log', 'what was put in is shown also after it was sealed'),
      core(
        'adapters/postgres/audit-role',
        'with the grants of the handbook processes work, and no line can be changed',
      ),
    ],
  },
  {
    number: 'T37',
    threat: 'lines that callers write into logs',
    proofs: [
      http('threats/answers', 'no header and no path writes a line of its own into a log (T37)'),
    ],
  },
  {
    number: 'T38',
    threat: 'failures that tell of the inside',
    proofs: [http('threats/answers', 'no failure tells of the inside, whatever its kind (T38)')],
  },
  {
    number: 'T39',
    threat: 'accounts and ports that are open from the start',
    proofs: [
      server('settings', 'without any setting it is one process on SQLite in the home folder'),
      core('create-cloud', 'another secret for the same access key takes the place of the old one'),
      http(
        'threats/first-start',
        'a cloud without a key that was given to it opens to nobody (T39)',
      ),
    ],
  },
  {
    number: 'T40',
    threat: 'what our packages bring along',
    proofs: [
      http(
        'threats/packages',
        'what is published runs nothing on installation, and brings little along (T40)',
      ),
      { file: 'scripts/check-packages.mjs', test: "check('publint', '--strict', folder)" },
    ],
  },
  {
    number: 'T41',
    threat: 'plug-ins that are found rather than given',
    proofs: [
      http('threats/loading', 'no package loads code by a name that is not written in it (T41)'),
    ],
  },
  {
    number: 'T42',
    threat: 'X-Forwarded-* of anybody',
    proofs: [http('proxies', 'X-Forwarded-* of whoever is no trusted proxy change nothing (T42)')],
  },
  {
    number: 'T43',
    threat: 'links to hosts of others',
    proofs: [
      http(
        'proxies',
        'a Host that the API is not known by gets 421, and no link leads there (T43)',
      ),
    ],
  },
  {
    number: 'T44',
    threat: 'being sent elsewhere',
    proofs: [http('threats/answers', 'whatever is asked for, nobody is sent elsewhere (T44)')],
  },
  {
    number: 'T45',
    threat: 'answers that caches give to others',
    proofs: [
      http(
        'security-headers',
        'every answer of the API says what browsers and caches may do with it: nothing',
      ),
    ],
  },
  {
    number: 'T46',
    threat: 'rights that were taken away and still hold',
    proofs: [
      core(
        'cloud/credential/apikeys',
        'a key that is revoked between two requests opens only the first',
      ),
      http('events', 'a key that is taken away is told so, and the stream ends'),
      http('console-gateway', 'a console ends when the hypervisor ends it, and when it is revoked'),
    ],
  },
  {
    number: 'T47',
    threat: 'names and addresses that lead to what was somebody else’s',
    proofs: [
      core('kernel/desired-state', 'a uuid that names something else is refused'),
      core('cloud/ipaddresses', 'an address that was given up is nobody’s for a while'),
    ],
  },
  {
    number: 'T48',
    threat: 'failures that open doors',
    proofs: [
      http('threats/answers', 'what fails while it is found out who asks lets nobody in (T48)'),
      core(
        'testing/cloud-simulation/matrix',
        'no single fault at any call of any story breaks an invariant',
      ),
    ],
  },
];
