// An explanation in words: the verdict first, then what decided, grant by grant, the ones that count before the others.
import { html, nothing, type TemplateResult } from 'lit'
import type { RulePart } from '@peyvand/core/access/rule-parts.ts'
import type { Reason } from '@peyvand/core/access/explain.ts'
import type { Named } from '@peyvand/core/answer/access.ts'
import type { Explained, GrantTold } from '../data/access.ts'
import { current } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { isolate, labelOf, say } from '../texts/text.ts'

type Right = Explained['rights'][number]

/** Paints an answer. */
export function paintExplained(told: Explained): TemplateResult {
  const good = told.verdict === 'yes' || told.verdict === 'all'
  const tone = good ? 'good' : told.verdict === 'some' || told.verdict === 'masked' ? 'warn' : 'bad'
  return html`<section class="access-verdict ${tone}">
      ${icon(good ? 'check' : tone === 'warn' ? 'info' : 'lock', 18)}
      <div>
        <strong>${say(`access.verdict.${told.verdict}`)}</strong>
        ${told.obstacles.map((obstacle) => html`<p>${say(`access.obstacle.${obstacle}`)}</p>`)}
        ${told.left.length === 0 ? nothing : html`<p>${say('access.left', { roles: told.left.map(roleName).join(', ') })}</p>`}
      </div>
    </section>
    ${told.field ? paintField(told.field) : nothing} ${shownRights(told).map((right) => paintRight(told, right))}
    ${told.grants.filter((right) => right.reasons.length > 0).map((right) => paintEntityGrants(told, right))}
    ${paintRoles(told)}`
}

/** What is refused is told alone; when nothing is, all that had to be given. */
function shownRights({ rights }: Explained): readonly Right[] {
  const refused = rights.filter(({ verdict }) => !verdict)
  return refused.length > 0 ? refused : rights
}

function paintRight(told: Explained, { operation, grants }: Right): TemplateResult {
  return html`<section class="access-right">
    <h3>${say(`access.op.${operation}`)}</h3>
    ${grants.length === 0 ? html`<p class="quiet">${say('access.no-role')}</p>` : nothing}
    <ul>
      ${grants.map((grant) => paintGrant(told, grant))}
    </ul>
  </section>`
}

function paintGrant(told: Explained, grant: GrantTold): TemplateResult {
  const reached = grant.ways.length > 0
  return html`<li class=${grant.holds === true ? 'holds' : ''}>
    ${icon(grant.holds === true ? 'check' : 'close', 14)}
    <div>
      <p>
        <strong><bdi>${roleName(grant.role)}</bdi></strong> <span class="quiet">${reachOf(grant)}</span>
      </p>
      ${sourcesOf(told, grant.role)}
      ${reached ? grant.ways.map((way) => html`<p>${wayIn(told, grant, way)}</p>`) : html`<p>${beyond(told)}</p>`}
      ${paintRule(grant)}
    </div>
  </li>`
}

/** What a grant reaches, in words: its depth with the units, or its scope. */
function reachOf({ depth, scope, units = [], unitCount = 0 }: GrantTold): string {
  if (scope) return say(`access.scope.${scope.scope}`, { path: scope.through ?? '' })
  const words = say(`access.depth.${depth}`)
  if (units.length === 0) return words
  const names = units.map(nameOf).map(isolate).join('، ')
  const more = unitCount > units.length ? ` ${say('access.units.more', { count: unitCount - units.length })}` : ''
  return `${words} (${settings.language === 'fa' ? names : names.replaceAll('، ', ', ')}${more})`
}

function sourcesOf({ roles }: Explained, role: string): TemplateResult | typeof nothing {
  const words = roles.filter((each) => each.role === role).flatMap(sourceWords)
  return words.length === 0 ? nothing : html`<p class="quiet">${words.join(' · ')}</p>`
}

function sourceWords({ from, team, for: unit }: Explained['roles'][number]): string[] {
  return [
    ...(team ? [say('access.from.team', { team: nameOf(team) })] : []),
    ...(unit ? [say('access.from.unit', { unit: nameOf(unit) })] : []),
    ...(from === 'everyone' ? [say('access.from.everyone')] : []),
  ]
}

function wayIn(told: Explained, grant: GrantTold, way: GrantTold['ways'][number]): string {
  const owner = nameOf(told.owner)
  if (way === 'share') return told.shares.map(shareWords).join(' ')
  if (way === 'reports' && told.managers.length > 1)
    return `${say('access.way.reports', { owner })} ${say('access.chain', { chain: told.managers.map(nameOf).join(' ← ') })}`
  if (way === 'all' && grant.scope) return ''
  return say(`access.way.${way}`, { owner, unit: nameOf(told.unit) })
}

function shareWords({ to, by, expires_at: ends }: Explained['shares'][number]): string {
  const values = { to: nameOf(to), by: nameOf(by) }
  if (ends === null) return say('access.way.share', values)
  const date = new Intl.DateTimeFormat(settings.locale, { dateStyle: 'medium' }).format(new Date(ends))
  return say('access.way.share.until', { ...values, date })
}

function beyond({ owner, unit }: Explained): string {
  return unit
    ? say('access.beyond', { owner: nameOf(owner), unit: nameOf(unit) })
    : say('access.beyond.unit', { owner: nameOf(owner) })
}

function paintRule({ rule, broken, scope }: GrantTold): TemplateResult | typeof nothing {
  if (broken !== undefined) return html`<p>${say('access.rule.broken')}</p>`
  if (rule === undefined) return nothing
  if (rule === 'hidden') return html`<p class="quiet">${say('access.rule.hidden')}</p>`
  const leaves = leavesOf(rule.parts)
  return html`${scope ? nothing : html`<p class="quiet">${say('access.rule')} <code class="ltr">${rule.text}</code></p>`}
    <ul class="rule">
      ${leaves.map(
        (leaf) =>
          html`<li class=${leaf.holds === true ? 'good' : 'bad'}>
            ${icon(leaf.holds === true ? 'check' : 'close', 12)}<code class="ltr"
              >${rule.text.slice(leaf.start, leaf.end)}</code
            >
            <span class="quiet">${say(leaf.holds === null ? 'access.rule.unknown' : `access.rule.${leaf.holds}`)}</span>
          </li>`,
      )}
    </ul>`
}

function leavesOf(part: RulePart): readonly RulePart[] {
  return part.parts === undefined ? [part] : part.parts.flatMap(leavesOf)
}

/** The grants of an entity, where no record is asked about. */
function paintEntityGrants(
  told: Explained,
  { operation, reasons }: { readonly operation: Explained['operation']; readonly reasons: readonly Reason[] },
): TemplateResult {
  return html`<section class="access-right">
    <h3>${say(`access.op.${operation}`)}</h3>
    <ul>
      ${reasons.map(
        ({ role, depth, scope, rule, broken, decides }) =>
          html`<li class=${decides ? 'holds' : ''}>
            ${icon(decides ? 'check' : 'more', 14)}
            <div>
              <p>
                <strong><bdi>${roleName(role)}</bdi></strong>
                <span class="quiet"
                  >${scope ? say(`access.scope.${scope.scope}`, { path: scope.through ?? '' }) : say(`access.depth.${depth}`)}</span
                >
              </p>
              ${sourcesOf(told, role)}
              ${rule !== undefined && !scope ? html`<p class="quiet">${say('access.rule')} <code class="ltr">${rule}</code></p>` : nothing}
              ${broken === undefined ? nothing : html`<p>${say('access.rule.broken')}</p>`}
            </div>
          </li>`,
      )}
    </ul>
  </section>`
}

function paintField({ verdict, roles, from = [] }: NonNullable<Explained['field']>): TemplateResult {
  const fields = from.map(({ entity, field }) => `${entityName(entity)}: ${fieldName(entity, field)}`).join(', ')
  return html`<section class="access-right">
    <h3>${say('access.field')}</h3>
    <p>${say(`access.field.${verdict}`, { fields })}</p>
    ${
      verdict === 'system'
        ? nothing
        : html`<ul>
            ${roles.map(
              ({ role, closes, mask }) =>
                html`<li class=${closes || mask ? '' : 'holds'}>
                  ${icon(closes ? 'close' : mask ? 'info' : 'check', 14)}
                  <p>
                    <strong><bdi>${roleName(role)}</bdi></strong>
                    <span class="quiet"
                      >${say(closes ? 'access.field.by.closes' : mask ? 'access.field.by.masks' : 'access.field.by.opens')}</span
                    >
                  </p>
                </li>`,
            )}
          </ul>`
    }
  </section>`
}

function paintRoles({ roles }: Explained): TemplateResult {
  return html`<section class="access-roles">
    <h3>${say('access.roles')}</h3>
    ${
      roles.length === 0
        ? html`<p class="quiet">${say('access.roles.none')}</p>`
        : html`<ul>
            ${roles.map((each) => {
              const words = sourceWords(each)
              return html`<li>
                <bdi>${labelOf(each.label, each.role)}</bdi
                >${words.length > 0 ? html` <span class="quiet">${words.join(' · ')}</span>` : nothing}
              </li>`
            })}
          </ul>`
    }
  </section>`
}

function nameOf(named: Named | undefined): string {
  return named?.name ?? say('access.somebody')
}

function roleName(role: string): string {
  return labelOf(current().roles.get(role)?.label, role)
}

function entityName(name: string): string {
  return labelOf(current().entities.get(name)?.label, name)
}

function fieldName(entity: string, name: string): string {
  return labelOf(
    current()
      .entities.get(entity)
      ?.fields.find((each) => each.name === name)?.label,
    name,
  )
}
