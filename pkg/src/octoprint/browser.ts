import type { Call } from './call.js';
import type { LoginOptions, LoginRecord, RequestOptions } from './types.js';

type Post = (path: string, data: object, opts?: RequestOptions) => Call<never>;

/**
 * Log-in by cookie (spec 1.6, 2.3). The browser keeps the cookies; in Node the client does. Where the cookie of the CSRF
 * check is not there yet, the page `login/` is asked for it first.
 */
export class BrowserClient {
  readonly #post: Post;

  /** @internal */
  constructor(post: Post) {
    this.#post = post;
  }

  /** Starts a session, or renews the one of the same user (spec 2.5, 2.8). */
  login(user: string, pass: string, remember?: boolean, opts?: LoginOptions): Call<LoginRecord> {
    const { additionalPayload, ...rest } = opts ?? {};
    return this.#post('api/login', { user, pass, remember: Boolean(remember), ...additionalPayload }, rest);
  }

  /** Who the session at hand is of: the record of a guest where there is none. */
  passiveLogin(opts?: RequestOptions): Call<LoginRecord> {
    return this.#post('api/login', { passive: true }, opts);
  }

  /** Ends this session alone. */
  logout(opts?: RequestOptions): Call<LoginRecord> {
    return this.#post('api/logout', {}, opts);
  }
}
