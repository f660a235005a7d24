/** The colour scheme; `public/scheme.js` applies the same choice before the first paint. */
export type Scheme = 'auto' | 'light' | 'dark';

const ITEM = 'doorward:scheme';

export function currentScheme(): Scheme {
  const chosen = document.documentElement.dataset['scheme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
}

export function applyScheme(scheme: Scheme): void {
  if (scheme === 'auto') delete document.documentElement.dataset['scheme'];
  else document.documentElement.dataset['scheme'] = scheme;
  try {
    if (scheme === 'auto') localStorage.removeItem(ITEM);
    else localStorage.setItem(ITEM, scheme);
  } catch {
    // Storage is forbidden: the choice holds until the page is left.
  }
}
