// `/api/docs`: a page to read the caller's API by. Plain HTML made on the server: no script, nothing from elsewhere,
// works with the strictest content security policy.
import { createHash } from 'node:crypto'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { labelText } from '@peyvand/core/base/label.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import type { Visible } from './metadata.ts'

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2563eb }
body { font: 15px/1.6 system-ui, sans-serif; max-width: 68rem; margin-inline: auto; padding: 2rem 1.5rem }
h1 { font-size: 1.6rem; margin-block: 0 .25rem } h2 { font-size: 1.1rem; margin-block: 2rem .5rem }
code, pre { font: 13px/1.5 ui-monospace, monospace } pre { background: var(--soft); padding: .75rem 1rem; border-radius: .5rem; overflow-x: auto; direction: ltr; text-align: start }
table { border-collapse: collapse; inline-size: 100% } th, td { text-align: start; padding: .35rem .75rem .35rem 0; border-block-end: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; font-size: 13px } details { border-block-end: 1px solid var(--line); padding-block: .6rem }
summary { cursor: pointer } summary small { opacity: .65 } a { color: var(--accent) } .method { display: inline-block; inline-size: 4.5rem; font-weight: 600 }
`

/** The Content-Security-Policy under which the page works: nothing but its own style. */
export const docsPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** The page. */
export function docsPage(visible: Visible, document: JsonObject, url: string, language: string): string {
  const direction = /^(fa|ar|he|ur)\b/.test(language) ? 'rtl' : 'ltr'
  const sections = visible.entities.map((wire) => section(visible, wire, document, language)).join('\n')
  return `<!doctype html>
<html lang="${escape(language)}" dir="${direction}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>API · Peyvand</title><style>${style}</style></head>
<body><h1>API</h1>
<p>OData 4.01 with JSON, described for you: revision ${visible.model.revision}. Machine-readable: <a href="/api/openapi.json">OpenAPI 3.1</a>, <a href="/api/data/v1/$metadata">$metadata</a>.</p>
<h2>Call it</h2>
<pre>curl -H "Authorization: Bearer &lt;key&gt;" '${escape(url)}/api/data/v1/${escape(visible.entities[0]?.entity.entitySet ?? '')}?$top=3'</pre>
<p>A key comes from <code>POST /api/keys</code>. Wrong requests answer with a code, what is wrong, where it stands and what to do.</p>
<h2>Records</h2>
${sections}
</body></html>
`
}

function section(visible: Visible, wire: WireEntity, document: JsonObject, language: string): string {
  const { entity } = wire
  const paths = document['paths'] as Record<string, Record<string, { summary?: string }>>
  const operations = Object.entries(paths)
    .filter(
      ([path]) =>
        path === `/api/data/v1/${entity.entitySet}` ||
        path.startsWith(`/api/data/v1/${entity.entitySet}(`) ||
        path.startsWith(`/api/data/v1/${entity.entitySet}/`),
    )
    .flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== 'parameters')
        .map(
          ([method, { summary }]) =>
            `<li><span class="method">${method.toUpperCase()}</span> <code>${escape(path)}</code> ${escape(summary ?? '')}</li>`,
        ),
    )
  const rows = [...wire.properties.values()].map(
    (property) =>
      `<tr><td><code>${escape(property.name)}</code></td><td>${escape(labelText(property.field.label, language, property.name))}</td><td><code>${escape(property.edm)}</code></td><td>${property.readOnly ? 'read only' : property.field.required ? 'required' : ''}</td></tr>`,
  )
  const links = [...wire.navigations.values()].map(
    (navigation) =>
      `<tr><td><code>${escape(navigation.name)}</code></td><td></td><td><code>${navigation.collection ? 'many ' : ''}${escape(visible.model.entityById.get(navigation.target)!.name)}</code></td><td>navigation</td></tr>`,
  )
  return `<details><summary><code>${escape(entity.entitySet)}</code> <small>${escape(labelText(entity.plural, language, entity.entitySet))}</small></summary>
<ul>${operations.join('')}</ul><table><thead><tr><th>Property</th><th>Label</th><th>Type</th><th></th></tr></thead><tbody>${rows.join('')}${links.join('')}</tbody></table></details>`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
