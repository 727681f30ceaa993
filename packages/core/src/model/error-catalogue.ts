/**
 * Every error a user can meet, by its stable code: the HTTP status it is answered with, what it means and what to do about it.
 * Codes of requests are those of the API family (reference/gdapi.md 1.5).
 */
export const ERROR_CATALOGUE = {
  InvalidBodyContent: {
    status: 400,
    meaning: 'The body is no JSON object and no form, or says the same thing twice.',
    remedy: 'Send a JSON object or a form.',
  },
  InvalidQuery: {
    status: 400,
    meaning: 'A filter, an order, an include or a position of the query does not fit the type.',
    remedy: 'See collectionFilters of the type in /v1/schemas.',
  },
  Unauthorized: {
    status: 401,
    meaning: 'No key or login was sent, or one that opens nothing.',
    remedy:
      'Send the access key and the secret key, or a user name and its password, by HTTP Basic.',
  },
  PermissionDenied: {
    status: 403,
    meaning: 'The account, or the key that was used, may not do this.',
    remedy: 'Ask an administrator of this cloud.',
  },
  InvalidCSRFToken: {
    status: 403,
    meaning: 'A browser sent a write from a page that is not known.',
    remedy: 'Send the request from a page of this server.',
  },
  NotFound: {
    status: 404,
    meaning: 'There is no such resource, or none that the caller may see.',
    remedy: 'Check the id, or list the collection.',
  },
  MethodNotAllowed: {
    status: 405,
    meaning: 'The method does not fit what the path names.',
    remedy: 'See resourceMethods and collectionMethods in /v1/schemas.',
  },
  NotAcceptable: {
    status: 406,
    meaning: 'None of the formats that the request accepts is spoken.',
    remedy: 'Accept application/json or text/html.',
  },
  Conflict: {
    status: 409,
    meaning: 'Somebody else changed the resource since it was read, or at the same moment.',
    remedy: 'Read the resource again and repeat what is still wanted.',
  },
  IdempotencyKeyInUse: {
    status: 409,
    meaning: 'The first request with this Idempotency-Key is being carried out.',
    remedy: 'Wait until the first request with this key is answered, and send it again.',
  },
  InUse: {
    status: 409,
    meaning: 'Others still refer to the resource, so it can not go.',
    remedy: 'Remove what still refers to it first.',
  },
  PreconditionFailed: {
    status: 412,
    meaning: 'The resource is not the one that If-Match names any more.',
    remedy: 'Read the resource again: it has changed since.',
  },
  LengthRequired: {
    status: 411,
    meaning: 'How long the content is was not said.',
    remedy: 'Send Content-Length, or Upload-Length.',
  },
  BodyTooLarge: {
    status: 413,
    meaning: 'The body is larger than is taken.',
    remedy: 'Send a smaller body.',
  },
  UriTooLong: {
    status: 414,
    meaning: 'The URL is longer than is read.',
    remedy: 'Send a shorter URL.',
  },
  RangeNotSatisfiable: {
    status: 416,
    meaning: 'None of the bytes that Range asks for are there.',
    remedy: 'Ask for bytes that there are: Content-Range says how many.',
  },
  TooManyRequests: {
    status: 429,
    meaning: 'More was asked than the key, the account or the address may ask in this time.',
    remedy: 'Wait as many seconds as Retry-After says, and ask less often from then on.',
  },
  TooManyTransfers: {
    status: 429,
    meaning: 'The account has as many up- and downloads under way as it may have.',
    remedy: 'Wait until one of your up- and downloads has ended, and ask again.',
  },
  TooManyStreams: {
    status: 429,
    meaning: 'The account has as many streams of events open as it may have.',
    remedy: 'End one of your streams of events, or listen to several types with one stream.',
  },
  UnsupportedMediaType: {
    status: 415,
    meaning: 'The body is of a type that is not understood.',
    remedy: 'Send JSON, urlencoded or multipart.',
  },
  MissingRequired: {
    status: 422,
    meaning: 'A field that must be sent is missing.',
    remedy: 'Send a value for the field.',
  },
  InvalidFormat: {
    status: 422,
    meaning: 'A value is not of the form that the field asks for.',
    remedy: 'See the type of the field in /v1/schemas.',
  },
  InvalidReference: {
    status: 422,
    meaning: 'A field names a resource that is not there, or that the caller may not see.',
    remedy: 'Send the id of an existing resource of the right type.',
  },
  NotNullable: {
    status: 422,
    meaning: 'A field that always has a value was sent as null.',
    remedy: 'Send a value, or leave the field out.',
  },
  NotUnique: {
    status: 422,
    meaning: 'Another resource has this value, and no two may share it.',
    remedy: 'Choose another value.',
  },
  InvalidOption: {
    status: 422,
    meaning: 'A value is none of the words that the field knows.',
    remedy: 'Send one of the options of the field in /v1/schemas.',
  },
  InvalidCharacters: {
    status: 422,
    meaning: 'A value has characters that the field does not take.',
    remedy: 'See validChars of the field in /v1/schemas.',
  },
  MinLimitExceeded: {
    status: 422,
    meaning: 'A number is smaller than the least that the field takes.',
    remedy: 'See min of the field in /v1/schemas.',
  },
  MaxLimitExceeded: {
    status: 422,
    meaning: 'A number is larger than the most that the field takes.',
    remedy: 'See max of the field in /v1/schemas.',
  },
  MinLengthExceeded: {
    status: 422,
    meaning: 'A value is shorter than the least that the field takes.',
    remedy: 'See minLength of the field in /v1/schemas.',
  },
  MaxLengthExceeded: {
    status: 422,
    meaning: 'A value is longer than the most that the field takes.',
    remedy: 'See maxLength of the field in /v1/schemas.',
  },
  InvalidAction: {
    status: 422,
    meaning: 'The type has no action of that name.',
    remedy: 'See resourceActions of the type in /v1/schemas.',
  },
  ActionNotAvailable: {
    status: 422,
    meaning: 'The action makes no sense as the resource is now.',
    remedy: 'See actions of the resource: only those are possible now.',
  },
  IdempotencyKeyReused: {
    status: 422,
    meaning: 'The Idempotency-Key was used for another request.',
    remedy: 'Choose a new Idempotency-Key for each request; repeat a request unchanged.',
  },
  LimitExceeded: {
    status: 422,
    meaning: 'The account would have more than it may have.',
    remedy: 'Remove something, or ask for a higher limit.',
  },
  AdmissionRefused: {
    status: 422,
    meaning: 'A plug-in of this cloud does not let the request through.',
    remedy: 'See the message of the plug-in that refused.',
  },
  InternalError: {
    status: 500,
    meaning: 'Something unexpected happened: a bug.',
    remedy: 'Report the error id to the operator of this cloud.',
  },
  ContentNotHere: {
    status: 501,
    meaning: 'This process can not carry the bytes of disks.',
    remedy: 'Run the storage driver in the processes that take requests (the role api).',
  },
  BackendUnavailable: {
    status: 503,
    meaning: 'What only a backend can answer was asked, and it does not answer.',
    remedy: 'Ask again in a moment; an administrator finds what is wrong in the log.',
  },
  TooManySignIns: {
    status: 503,
    meaning: 'More passwords are waiting to be checked than are let wait.',
    remedy: 'Ask again in a few seconds, or use an API key: keys never wait for passwords.',
  },
  Overloaded: {
    status: 503,
    meaning: 'The process, or the key, has as many requests at work as it takes.',
    remedy: 'Ask again as many seconds later as Retry-After says: nothing was begun.',
  },
  DeadlineExceeded: {
    status: 504,
    meaning: 'The request took longer than a request may take.',
    remedy: 'Read what there is now before repeating a write: it may still be carried out.',
  },
  StoreUnavailable: {
    status: 503,
    meaning: 'The database does not answer, or can not be written to.',
    remedy:
      'Make the database writable and reachable again; nothing acknowledged is lost, and work resumes by itself.',
  },
} as const satisfies Record<
  string,
  { readonly status: number; readonly meaning: string; readonly remedy: string }
>;

/** A stable code of {@link ERROR_CATALOGUE}. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;
