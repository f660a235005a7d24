import { svg, html, type TemplateResult } from 'lit';

const PATHS = {
  users: svg`<circle cx="9" cy="8" r="3.2"/><path d="M3 19c.4-3.6 2.8-5.4 6-5.4s5.6 1.8 6 5.400M15.5 5.200a3 3 0 0 1 0 5.600M17.3 14c2.2.6 3.4 2.3 3.7 5"/>`,
  groups: svg`<rect x="3.5" y="4" width="7" height="6.5" rx="1.5"/><rect x="13.5" y="4" width="7" height="6.5" rx="1.5"/><rect x="8.5" y="14" width="7" height="6.5" rx="1.5"/><path d="M7 10.500v1.700h10v-1.700M12 12.200V14"/>`,
  audit: svg`<path d="M6 3.500h9l3.5 3.500v13.500H6zM9 9.500h6M9 13h6M9 16.500h4"/>`,
  me: svg`<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="10" r="2.8"/><path d="M6.7 18.200c.8-2.3 2.8-3.4 5.3-3.400s4.5 1.1 5.3 3.4"/>`,
  settings: svg`<path d="M4 7h9M17 7h3M4 12h3M11 12h9M4 17h7M15 17h5"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="12" r="2"/><circle cx="13" cy="17" r="2"/>`,
  add: svg`<path d="M12 5v14M5 12h14"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  back: svg`<path d="m14 6-6 6 6 6"/>`,
  next: svg`<path d="m10 6 6 6-6 6"/>`,
  key: svg`<circle cx="8" cy="15" r="4"/><path d="m11 12 8-8M16 7l2.5 2.5"/>`,
  copy: svg`<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M16 8V5.500A1.5 1.5 0 0 0 14.5 4h-9A1.5 1.5 0 0 0 4 5.500v9A1.5 1.5 0 0 0 5.5 16H8"/>`,
  check: svg`<path d="m5 12.5 4.5 4.500L19 7.5"/>`,
  warning: svg`<path d="M12 4 2.8 19.500h18.400zM12 10v4.500M12 17v.3"/>`,
  error: svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7.500v5.500M12 16v.3"/>`,
  denied: svg`<rect x="5" y="11" width="14" height="9.5" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3M12 14.500v2.5"/>`,
  missing: svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.500M8.5 11h5"/>`,
  offline: svg`<path d="m4 4 16 16M8.5 15.500a5 5 0 0 1 6.3-.6M5.3 12.200A9.5 9.5 0 0 1 9 10M12.5 9.200a9.5 9.5 0 0 1 6.2 3M2.5 8.900a13.5 13.5 0 0 1 3.6-2.500M10 5.100a13.5 13.5 0 0 1 11.5 3.800M12 19v.3"/>`,
  search: svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`,
  out: svg`<path d="M14 4.500H6v15h8M10 12h10.500M17 8.500l3.5 3.5-3.5 3.5"/>`,
  trash: svg`<path d="M5 7h14M9.5 7V4.500h5V7M7 7l.8 12.500h8.400L17 7M10.5 10.500v6M13.5 10.500v6"/>`,
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration only: the words beside it, or the button's label, carry the meaning. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${PATHS[name]}</svg>`;
}

/** The mark of the product: a door with a keyhole. */
export function mark(): TemplateResult {
  return html`<svg class="mark" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
    <rect width="64" height="64" rx="14" class="mark-ground" />
    <path d="M19 52V25a13 13 0 0 1 26 0v27z" class="mark-door" />
    <circle cx="32" cy="31" r="4.6" class="mark-ground" />
    <path d="M30.2 33h3.6l1.9 10h-7.4z" class="mark-ground" />
  </svg>`;
}
