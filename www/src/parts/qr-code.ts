import { html, svg, type TemplateResult } from 'lit';
import { encode } from 'uqr';

/** Light squares around the code: readers need four. */
const BORDER = 4;

/** A text as a QR code, dark on light whatever the page's colours are: readers are not sure of the reverse. */
export function qrCode(text: string, label: string): TemplateResult {
  const { data, size } = encode(text, { ecc: 'M', border: BORDER });
  const path = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('');
  return html`<svg class="qr" role="img" aria-label=${label} viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">
    ${svg`<rect width=${size} height=${size} fill="#fff"></rect><path d=${path} fill="#000"></path>`}
  </svg>`;
}
