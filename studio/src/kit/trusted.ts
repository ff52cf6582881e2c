// HTML that goes into a page as HTML: made harmless here, and by nothing else. The page's policy (Trusted Types) refuses every
// other text, so that a slip somewhere is an error and never a script.
import { sanitizeHtml } from '@peyvand/core/base/html.ts'

interface Policy {
  createHTML(text: string): string
}
interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy
}

const rules: Policy = { createHTML: sanitizeHtml }
const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory }
const policy = trustedTypes?.createPolicy('peyvand', rules) ?? rules

/** What a text leaves of its HTML, as the browser lets it into a page. */
export function trustedHtml(html: string): string {
  return policy.createHTML(html)
}
