import type { FailureStatus, XhrLike } from './types.js';

/** A request that failed: what a call of `OctoPrintClient` rejects with. It has the fields of a `jqXHR` that old code reads (spec 1.4). */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** 0: no answer. */
  readonly status: number;
  /** The reason phrase; `error`, `timeout` or `abort` where there was no answer. */
  readonly statusText: string;
  readonly responseText: string | undefined;
  /** The body where it is JSON: mostly `{ error }`. */
  readonly responseJSON: unknown;
  readonly textStatus: FailureStatus;
  /** What `fail` gets first. */
  declare readonly xhr: XhrLike;

  constructor(textStatus: FailureStatus, xhr: XhrLike, cause?: unknown) {
    super(messageOf(textStatus, xhr), cause === undefined ? undefined : { cause });
    this.textStatus = textStatus;
    this.status = xhr.status;
    this.statusText = xhr.statusText;
    this.responseText = xhr.responseText;
    this.responseJSON = xhr.responseJSON;
    // Printed errors need not show the same thing twice.
    Object.defineProperty(this, 'xhr', { value: xhr, enumerable: false });
  }
}

/** A plain text that is longer is no message. */
const longestText = 200;

function messageOf(textStatus: FailureStatus, xhr: XhrLike): string {
  if (textStatus === 'timeout') return 'the server did not answer in time';
  if (textStatus === 'abort') return 'the request was aborted';
  if (textStatus === 'parsererror') return 'the answer of the server is no JSON';
  if (xhr.status === 0) return 'the server cannot be reached';
  return serverText(xhr) ?? (xhr.statusText === '' ? `the server answered ${xhr.status}` : xhr.statusText);
}

/** The error text of a server: `error` of a JSON body, or, of the legacy ones, a plain text (spec 2.1). */
export function serverText(xhr: Pick<XhrLike, 'responseJSON' | 'responseText' | 'getResponseHeader'>): string | null {
  const json = xhr.responseJSON;
  if (typeof json === 'object' && json !== null && 'error' in json && typeof json.error === 'string') return json.error;
  const text = xhr.responseText?.trim() ?? '';
  const plain = /^text\/plain\b/i.test(xhr.getResponseHeader('content-type') ?? '');
  return plain && text !== '' && text.length <= longestText ? text : null;
}
