// The kit's heavy elements, each a part of its own that comes when the first field that needs it is painted. kit.css keeps
// their place until they are defined, so that nothing jumps.
import type { HeavyElement } from '@peyvand/core/types/paint.ts'

const heavy: Readonly<Record<HeavyElement, () => Promise<unknown>>> = {
  'pv-date': () => import('./date.ts'),
  'pv-file': () => import('./file.ts'),
  'pv-lookup': () => import('./lookup.ts'),
  'pv-rich': () => import('./rich.ts'),
  'pv-source': () => import('./source.ts'),
}

/** Sees to it that an element is defined soon. */
export function bring(element: HeavyElement): void {
  if (customElements.get(element) === undefined) void heavy[element]()
}
