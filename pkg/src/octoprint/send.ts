import { textOf } from '../body.js';
import type { Answer } from './call.js';
import { RequestError } from './request-error.js';
import type { FailureStatus, XhrLike } from './types.js';

export interface Sending {
  /** The request itself. */
  fetch: (signal: AbortSignal) => Promise<Response>;
  dataType: 'json' | 'text';
  timeout: number | undefined;
  /** Of the caller, and of the call. */
  signals: AbortSignal[];
}

const parsed = (text: string | undefined): { json: unknown; problem?: unknown } => {
  try {
    return { json: text === undefined ? undefined : JSON.parse(text) };
  } catch (problem) {
    return { json: undefined, problem };
  }
};

function xhrOf(response: Response, text: string | undefined): XhrLike {
  return {
    readyState: 4,
    status: response.status,
    statusText: response.statusText,
    responseText: text,
    responseJSON: parsed(text).json,
    getResponseHeader: (name) => response.headers.get(name),
    getAllResponseHeaders: () => [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`).join(''),
  };
}

/** What there is of an answer where there was none. */
const noAnswer = (statusText: string): XhrLike => ({
  readyState: 0,
  status: 0,
  statusText,
  responseText: undefined,
  responseJSON: undefined,
  getResponseHeader: () => null,
  getAllResponseHeaders: () => '',
});

/**
 * Sends a request and reads its answer as jQuery does (spec 1.4).
 * @throws RequestError and nothing else
 */
export async function send({ fetch, dataType, timeout, signals }: Sending): Promise<Answer<unknown>> {
  const timer = timeout !== undefined && timeout > 0 ? AbortSignal.timeout(Math.ceil(timeout)) : undefined;
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.any(timer === undefined ? signals : [...signals, timer]);
    response = await fetch(signal);
    text = await textOf(response, signal);
  } catch (cause) {
    const aborted = signals.some((signal) => signal.aborted);
    const status: FailureStatus = aborted ? 'abort' : timer?.aborted === true ? 'timeout' : 'error';
    throw new RequestError(status, noAnswer(status), cause);
  }
  if (response.status === 304) return { data: undefined, textStatus: 'notmodified', xhr: xhrOf(response, undefined) };
  if (!response.ok) throw new RequestError('error', xhrOf(response, text));
  const xhr = xhrOf(response, text);
  if (response.status === 204) return { data: undefined, textStatus: 'nocontent', xhr };
  if (dataType === 'text') return { data: text, textStatus: 'success', xhr };
  const { json, problem } = parsed(text);
  if (problem !== undefined) throw new RequestError('parsererror', xhr, problem);
  return { data: json, textStatus: 'success', xhr };
}
