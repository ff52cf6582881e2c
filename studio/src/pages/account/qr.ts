// A QR code, drawn here: the secret of an authenticator goes to no service that paints pictures.
import { svg, type SVGTemplateResult } from 'lit'
import { encode } from 'uqr'

/** The text as a QR code, dark on light in every theme, with the quiet edge that readers want. */
export function qr(text: string, label: string): SVGTemplateResult {
  const { data, size } = encode(text, { ecc: 'M', border: 3 })
  const path = data
    .flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : '')))
    .filter(Boolean)
    .join('')
  return svg`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label=${label} shape-rendering="crispEdges">
    <rect width=${size} height=${size} fill="#fff"></rect><path d=${path} fill="#000"></path>
  </svg>`
}
