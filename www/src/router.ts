/** Hash routes: they work on any static host and in any folder, and never reach a server. */

export type ViewName = 'users' | 'groups' | 'audit' | 'me' | 'settings' | 'missing';

export interface Route {
  readonly view: ViewName;
  /** The user's name or the group's key; '' where the route has none. */
  readonly subject: string;
  /** The tab below the subject; '' is the first one. */
  readonly tab: string;
  readonly query: URLSearchParams;
}

const TABS: Readonly<Record<ViewName, Readonly<Record<string, string>>>> = {
  users: { '': 'Profile', rights: 'Rights', tokens: 'Tokens', sites: 'Sites', settings: 'Settings' },
  groups: { '': 'Group' },
  audit: {},
  me: {
    '': 'Profile',
    rights: 'Rights',
    tokens: 'Tokens',
    sites: 'Sites',
    password: 'Password',
    'second-factor': 'Second factor',
  },
  settings: {},
  missing: {},
};

/** The tabs of a view, as path element and title. */
export function tabsOf(view: ViewName): [string, string][] {
  return Object.entries(TABS[view]);
}

const WITH_SUBJECT: readonly ViewName[] = ['users', 'groups'];

export function parse(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const query = new URLSearchParams(search);
  const [head = '', ...rest] = path.split('/').map(decode);
  const missing: Route = { view: 'missing', subject: path, tab: '', query };
  const view = (head === '' ? 'users' : head) as ViewName;
  if (!Object.hasOwn(TABS, view) || view === 'missing') return missing;
  const subject = WITH_SUBJECT.includes(view) ? (rest.shift() ?? '') : '';
  const tab = rest.shift() ?? '';
  if (rest.length > 0 || (tab !== '' && TABS[view][tab] === undefined)) return missing;
  return { view, subject, tab, query };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a view. Query values that are empty are left out. */
export function link(view: ViewName, parts: readonly string[] = [], query: Record<string, string> = {}): string {
  const path = [view, ...parts].filter((part) => part !== '').map(encodeURIComponent);
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  return `#/${path.join('/')}${search.size > 0 ? `?${search.toString()}` : ''}`;
}

export function go(address: string): void {
  location.hash = address;
}

/** As `go`, without a new step in the browser's history; for what is typed letter by letter. */
export function adjust(address: string): void {
  history.replaceState(null, '', address);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

const NAMES: Readonly<Record<ViewName, string>> = {
  users: 'Users',
  groups: 'Groups',
  audit: 'Audit',
  me: 'My account',
  settings: 'Settings',
  missing: 'Not found',
};

/** For `document.title` and the announcement of a new view. */
export function titleOf(route: Route): string {
  const tab = route.tab === '' ? undefined : TABS[route.view][route.tab];
  const fresh = route.view === 'groups' && route.query.has('new') ? 'New group' : '';
  const subject = route.view === 'missing' ? '' : route.subject || fresh;
  return [subject, tab, NAMES[route.view]].filter((part) => part).join(' · ');
}
