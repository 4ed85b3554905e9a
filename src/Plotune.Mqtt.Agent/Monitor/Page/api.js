// The agent's HTTP API. Answers are parsed JSON; whatever goes wrong is an ApiError with a sentence for people.
import { token } from './token.js';

export class ApiError extends Error {
  /**
   * @param status HTTP status; 0 if there was no answer.
   * @param detail A sentence, or for a refused body the list of its faults: [{field, message}].
   */
  constructor(status, detail) {
    super(typeof detail === 'string' ? detail : detail.map(fault => `${fault.field}: ${fault.message}`).join('\n'));
    this.name = 'ApiError';
    this.status = status;
    this.detail = detail;
  }

  /** The faults by field; empty if the answer names no fields. */
  get faults() {
    return typeof this.detail === 'string' ? [] : this.detail;
  }
}

const unauthorisedListeners = new Set();

/** Calls fn whenever the agent asks for its token. */
export function onUnauthorised(fn) {
  unauthorisedListeners.add(fn);
  return () => unauthorisedListeners.delete(fn);
}

export const api = {
  get: (path, options) => call('GET', path, undefined, options),
  put: (path, body, options) => call('PUT', path, body, options),
  post: (path, body, options) => call('POST', path, body, options),
  del: (path, options) => call('DELETE', path, undefined, options),
};

/** A name as a part of a path: also with slashes, question marks and the like in it. */
export function part(name) {
  return encodeURIComponent(name);
}

async function call(method, path, body, { signal } = {}) {
  const headers = {};
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal, cache: 'no-store' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'The agent does not answer. It may be stopped or starting again.');
  }

  if (response.status === 401) for (const fn of [...unauthorisedListeners]) fn();
  const answer = await read(response);
  if (response.ok) return answer;
  throw new ApiError(response.status, detailOf(answer, response.status));
}

async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    if (response.ok) throw new ApiError(response.status, 'The agent gave an answer that is cut short or no JSON.');
    return null;
  }
}

function detailOf(answer, status) {
  const detail = answer?.detail;
  if (typeof detail === 'string') return detail;
  const isFaultList = Array.isArray(detail) && detail.length > 0 && detail.every(fault => typeof fault?.field === 'string' && typeof fault?.message === 'string');
  return isFaultList ? detail : `The agent answered with status ${status}.`;
}
