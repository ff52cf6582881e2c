// The icon set: 16 px strokes drawn for this app, as path data. Decides the shapes and the names definitions may use.
import { svg, html, type TemplateResult } from 'lit'

const paths = {
  activity: 'M1.5 8h3l2-5 3 10 2-5h3',
  alert: 'M8 2 14.5 13.5h-13zM8 6.5v3M8 11.6v.1',
  archive: 'M2 3h12v3H2zM3 6v7.5h10V6M6.5 9h3',
  'arrow-down': 'M8 3v10M4 9l4 4 4-4',
  'arrow-up': 'M8 13V3M4 7l4-4 4 4',
  'arrow-start': 'M13 8H3M7 4 3 8l4 4',
  'arrow-end': 'M3 8h10M9 4l4 4-4 4',
  barcode: 'M2.500 3.500v9M5 3.500v9M7 3.500v9M9.500 3.500v9M11.500 3.500v9M13.500 3.500v9',
  bars: 'M3 13V8M8 13V3M13 13V6',
  bell: 'M4 6.5a4 4 0 0 1 8 0c0 3.5 1.5 4.5 1.5 4.5h-11S4 10 4 6.5M6.5 13.5h3',
  bold: 'M4.500 2.500h4.200a2.700 2.700 0 0 1 0 5.500H4.500zM4.500 8h4.800a2.750 2.750 0 0 1 0 5.500H4.500z',
  bolt: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z',
  book: 'M3 2.5h9.5v9H4.5A1.5 1.5 0 0 0 3 13zM3 13a1.5 1.5 0 0 0 1.5 1.5h8V11.5',
  box: 'M8 1.5 14 4.7v6.6l-6 3.2-6-3.2V4.7zM2.2 4.8 8 8l5.8-3.2M8 8v6.3',
  braces:
    'M6 2.5c-2 0-2 1-2 2.5s0 2.5-1.5 3C4 8.5 4 9.5 4 11s0 2.5 2 2.5M10 2.5c2 0 2 1 2 2.5s0 2.5 1.5 3c-1.5.5-1.5 1.5-1.5 3s0 2.5-2 2.5',
  briefcase: 'M2 5h12v8.5H2zM5.5 5V2.5h5V5M2 8.5h12',
  building: 'M3 14V2.5h7V14M10 6h3v8M1.5 14h13M5.5 5.2h2M5.5 8h2M5.5 10.8h2',
  calendar: 'M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v2.5M10.5 2v2.5',
  car: 'M2 11V8l1.5-4h9L14 8v3M2 8h12M2 11h12v2h-2.5v-2M2 11v2h2.5v-2',
  cart: 'M1.5 2.5h2l1.5 8h7.5l1.5-6H4M6 13.5v.01M11.5 13.5v.01',
  check: 'm3 8.5 3.5 3.5L13 4.5',
  'check-square': 'M2.5 2.5h11v11h-11zM5.2 8.2l2 2 3.6-4.2',
  'chevron-down': 'm4.5 6.5 3.5 3.5 3.5-3.5',
  'chevron-end': 'M6.5 4.5 10 8l-3.5 3.5',
  'chevron-start': 'M9.5 4.5 6 8l3.5 3.5',
  'chevron-up': 'm4.5 9.5 3.5-3.5 3.5 3.5',
  circle: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.8V8l2.2 1.6',
  close: 'm4 4 8 8M12 4l-8 8',
  coin: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M10 5.8C9.6 5.2 8.9 5 8 5c-1.2 0-2 .6-2 1.5S6.8 7.8 8 8s2 .7 2 1.500S9.2 11 8 11c-.9 0-1.6-.2-2-.8M8 4v8',
  columns: 'M2.5 2.5h11v11h-11zM6.2 2.500v11M9.8 2.500v11',
  copy: 'M5.5 5.500h8v8h-8zM10.5 5.500v-3h-8v8h3',
  cube: 'M8 2 13.5 5v6L8 14 2.5 11V5zM2.7 5.1 8 8l5.3-2.900M8 8v5.8',
  currency: 'M2 4h12v8H2zM8 6.200a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.600M4.3 8v.01M11.7 8v.01',
  database:
    'M2.5 4c0-1.1 2.5-2 5.5-2s5.5.9 5.5 2-2.5 2-5.5 2-5.5-.9-5.5-2M2.5 4v8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2V4M2.5 8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2',
  density: 'M2.5 3.500h11M2.5 8h11M2.5 12.500h11',
  download: 'M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.500h11',
  drag: 'M6 4v.01M10 4v.01M6 8v.01M10 8v.01M6 12v.01M10 12v.01',
  edit: 'm10.5 3 2.5 2.500L5.5 13H3v-2.500zM9 4.5 11.5 7',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 6.200a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6',
  expand: 'M9.5 2.500h4v4M13.5 2.5 9 7M6.5 13.500h-4v-4M2.5 13.5 7 9',
  external: 'M9.5 2.500h4v4M13.5 2.5 7.5 8.500M11.5 9v4.500h-9v-9H7',
  filter: 'M2 3.500h12M4.5 8h7M6.5 12.500h3',
  flag: 'M3.5 14V2.500h8l-1.5 3 1.5 3h-8',
  form: 'M2.5 2.500h11v11h-11zM5 5.500h6M5 8h6M5 10.500h3',
  funnel: 'M2 3h12l-4.5 5.500V13l-3-1.500v-3z',
  globe: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14c-2-2-2.5-4-2.5-6S6 4 8 2',
  grid: 'M2.5 2.500h4.200v4.200H2.500zM9.3 2.500h4.200v4.200H9.300zM2.5 9.300h4.200v4.200H2.500zM9.3 9.300h4.200v4.200H9.300z',
  hash: 'M6 2.5 5 13.500M11 2.5 10 13.500M3 6h10.500M2.5 10H13',
  history: 'M2.5 8A5.5 5.5 0 1 0 4.3 4L2.5 5.500M2.5 2.500v3h3M8 5v3.200l2 1.3',
  home: 'M2.5 7.5 8 2.500l5.5 5v6h-3.500v-4H6v4H2.500z',
  inbox: 'M2 9l2-6h8l2 6v4.500H2zM2 9h3.500l1 2h3l1-2H14',
  image: 'M2 3h12v10H2zM2 11l3.500-3.500L8 10l2.500-2.500L14 11M10.500 5.600v.01',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 7.500v3.500M8 5.200v.01',
  italic: 'M6.500 2.500h5M4.500 13.500h5M9.500 2.500l-3 11',
  key: 'M10.5 2.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8.3 7.7 2.5 13.500M4.5 11.5 6 13',
  layers: 'M8 2 14 5.2 8 8.4 2 5.200zM2 8l6 3.200L14 8M2 10.8 8 14l6-3.2',
  link: 'M6.5 9.500a2.5 2.5 0 0 0 3.6 0l2.3-2.400a2.5 2.5 0 0 0-3.6-3.500l-.8.8M9.5 6.500a2.5 2.5 0 0 0-3.6 0L3.6 8.900a2.5 2.5 0 0 0 3.6 3.500l.8-.8',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4v.01M2.5 8v.01M2.5 12v.01',
  lock: 'M3.5 7h9v6.500h-9zM5.5 7V4.800a2.5 2.5 0 0 1 5 0V7',
  mail: 'M2 3.500h12v9H2zM2 4.5 8 9l6-4.5',
  menu: 'M2.5 4.500h11M2.5 8h11M2.5 11.500h11',
  moon: 'M13.5 9.500A5.8 5.8 0 0 1 6.5 2.500a5.8 5.8 0 1 0 7 7',
  more: 'M3.5 8v.01M8 8v.01M12.5 8v.01',
  note: 'M3 2.500h10v7.500L9.5 13.500H3zM13 10H9.500v3.500M5.5 5.500h5M5.5 8h3',
  package: 'M8 1.5 14 4.700v6.600l-6 3.2-6-3.200V4.700zM2.2 4.8 8 8l5.8-3.200M8 8v6.300M5 3.100l6 3.2',
  palette:
    'M8 2a6 6 0 1 0 0 12c1.2 0 1.500-.8 1-1.700-.6-1.100 0-2.300 1.300-2.300H12a2 2 0 0 0 2-2c0-3.300-2.700-6-6-6M5 8v.01M6.500 5v.01M10 5v.01',
  panel: 'M2 3h12v10H2zM6 3v10',
  'panel-end': 'M2 3h12v10H2zM10 3v10',
  paperclip:
    'M13 7.500 7.800 12.700a3 3 0 0 1-4.300-4.300L9 3a2 2 0 0 1 2.900 2.900L6.600 11a1 1 0 0 1-1.400-1.400L10 4.800',
  percent: 'm12.5 3.5-9 9M5 3.500a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3M11 9.500a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3',
  phone:
    'M3 2.500h2.500L7 6 5.3 7.300a8 8 0 0 0 3.4 3.400L10 9l3.5 1.500V13c0 .5-.5 1-1 1C7 14 2 9 2 3.500c0-.5.5-1 1-1',
  pin: 'M8 1.800a4.700 4.700 0 0 0-4.700 4.700C3.300 10 8 14.200 8 14.200s4.700-4.200 4.700-7.700A4.700 4.700 0 0 0 8 1.800M8 5a1.600 1.600 0 1 0 0 3.200A1.600 1.600 0 0 0 8 5',
  plus: 'M8 3v10M3 8h10',
  polygon: 'M8 2 14 6.500 11.500 14h-7L2 6.500z',
  quote: 'M2.5 3h11v8H8l-3 2.500V11H2.500z',
  refresh: 'M13.5 8A5.5 5.5 0 1 1 11.7 4l1.8 1.500M13.5 2.500v3h-3',
  rename: 'M2.5 4.500h6M5.5 4.500v8M11.5 2.500v11M10 2.500h3M10 13.500h3',
  role: 'M8 1.8 13.5 4v4c0 3.2-2.3 5.2-5.5 6.200C4.8 13.2 2.5 11.2 2.5 8V4z',
  search: 'M7 2.500a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.300l3.2 3.2',
  settings:
    'M8 5.800a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.400M8 1.500v1.800M8 12.700v1.800M1.5 8h1.800M12.7 8h1.800M3.4 3.400l1.3 1.300M11.3 11.300l1.3 1.300M12.6 3.400l-1.3 1.300M4.7 11.300l-1.3 1.3',
  'sign-out': 'M6.5 2.500h-4v11h4M6 8h7.500M10.5 5l3 3-3 3',
  sort: 'M5 3v10M2.5 10.5 5 13l2.5-2.500M11 13V3M8.5 5.5 11 3l2.5 2.5',
  sparkle: 'M8 2c.5 3.5 2 5 5.5 6-3.5 1-5 2.5-5.5 6-.5-3.5-2-5-5.5-6C6 7 7.5 5.5 8 2',
  star: 'm8 2 1.8 3.8 4.2.5-3.1 2.9.8 4.100L8 11.300l-3.7 2 .8-4.100L2 6.300l4.2-.5z',
  studio: 'm2.5 13.5 1-3.500L10.5 3 13 5.5 6 12.500zM9 4.5 11.5 7M10.5 13.500h3',
  sun: 'M8 5.200a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.600M8 1.500v1M8 13.500v1M1.5 8h1M13.5 8h1M3.4 3.400l.7.7M11.9 11.900l.7.7M12.6 3.400l-.7.7M4.1 11.900l-.7.7',
  system: 'M2 3h12v8H2zM6 13.500h4M8 11v2.5',
  table: 'M2.5 2.500h11v11h-11zM2.5 6h11M2.5 9.700h11M6.5 6v7.5',
  tag: 'M2.5 2.500h5.500l5.5 5.5-5.5 5.500L2.5 8zM5.3 5.300v.01',
  target: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.800a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.400M8 8v.01',
  team: 'M6 3a2.3 2.3 0 1 0 0 4.600A2.3 2.3 0 0 0 6 3M1.8 13c0-2.3 1.9-3.6 4.2-3.600s4.2 1.3 4.2 3.600M10.5 3.200a2.2 2.2 0 0 1 0 4.200M11.8 9.600c1.5.4 2.4 1.6 2.4 3.4',
  text: 'M3 4V2.800h10V4M8 2.800v10.400M6 13.200h4',
  sigma: 'M12 4.500V2.500H4L8.500 8 4 13.500h8v-2',
  toggle: 'M5 4.500h6a3.5 3.5 0 0 1 0 7H5a3.5 3.5 0 0 1 0-7M11 6.700a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6',
  trash: 'M2.5 4h11M6 4V2.500h4V4M4 4l.7 9.500h6.600L12 4M6.7 6.800v4M9.3 6.800v4',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H6',
  upload: 'M8 10.500v-8M4.5 6 8 2.5 11.5 6M2.5 13.500h11',
  user: 'M8 2.500a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.400M3 13.500c0-2.6 2.2-4 5-4s5 1.4 5 4',
} as const

export type IconName = keyof typeof paths

/** Names other icon sets use for the same thing, as definitions may write them. */
const aliases: Readonly<Record<string, IconName>> = {
  account: 'building',
  accounts: 'building',
  company: 'building',
  organization: 'building',
  office: 'building',
  contact: 'user',
  person: 'user',
  contacts: 'user',
  users: 'team',
  people: 'team',
  group: 'team',
  opportunity: 'target',
  deal: 'target',
  deals: 'target',
  handshake: 'target',
  lead: 'funnel',
  leads: 'funnel',
  product: 'package',
  products: 'package',
  money: 'coin',
  dollar: 'coin',
  integer: 'hash',
  number: 'hash',
  decimal: 'percent',
  boolean: 'toggle',
  choice: 'tag',
  lookup: 'link',
  autonumber: 'hash',
  datetime: 'clock',
  date: 'calendar',
  task: 'check-square',
  email: 'mail',
  call: 'phone',
  pipeline: 'bars',
  chart: 'bars',
  'chart-bar': 'bars',
  'bar-chart': 'bars',
  vehicle: 'car',
  sales: 'bars',
  work: 'briefcase',
  service: 'inbox',
  entity: 'table',
  'action-settings': 'settings',
  activities: 'activity',
  'crm-sales': 'bars',
  customer: 'building',
  employee: 'user',
  'employee-pane': 'team',
  'key-user-settings': 'key',
  'money-bills': 'currency',
  'org-chart': 'layers',
  accept: 'toggle',
  'chain-link': 'link',
  'date-time': 'clock',
  dropdown: 'tag',
  measure: 'percent',
  'number-sign': 'hash',
  simulate: 'sigma',
  'numbered-text': 'list',
  gear: 'settings',
  shield: 'role',
  hierarchy: 'layers',
  sitemap: 'layers',
  unit: 'layers',
  business_unit: 'layers',
  notes: 'note',
  file: 'paperclip',
  attachment: 'paperclip',
  picture: 'image',
  photo: 'image',
}

/** Every name an icon picker may offer. */
export const iconNames = Object.keys(paths) as IconName[]

/** An icon by name, or the plain cube for a name nobody drew. Decoration only: the words stand beside it. */
export function icon(name: string | undefined, size = 16, className = ''): TemplateResult {
  const known = (name ?? 'cube') in paths ? (name as IconName) : (aliases[name ?? ''] ?? 'cube')
  return html`<svg
    class=${className}
    data-icon=${known}
    width=${size}
    height=${size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.4"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${svg`<path d=${paths[known]} />`}
  </svg>`
}

/** The mark: two links of one chain. */
export function mark(size = 22): TemplateResult {
  return html`<svg
    width=${size}
    height=${size}
    viewBox="0 0 24 24"
    fill="none"
    stroke-width="3"
    stroke-linecap="round"
    aria-hidden="true"
    class="mark"
  >
    <path
      class="one"
      d="M13 7.5 15.2 5.300a4.2 4.2 0 0 1 6 6l-3.4 3.400a4.2 4.2 0 0 1-6 0"
      transform="translate(-1.5 1)"
    />
    <path
      class="two"
      d="M11 16.5 8.8 18.700a4.2 4.2 0 0 1-6-6l3.4-3.400a4.2 4.2 0 0 1 6 0"
      transform="translate(1.5 -1)"
    />
  </svg>`
}
