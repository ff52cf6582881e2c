// The page of jobs (/jobs?state=…), for administrators: the newest work of the platform, all of it or what is in one state.
import { jobStates, type JobState } from '@peyvand/core/answer/job.ts'
import { html, type TemplateResult } from 'lit'
import { mayAdminister } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { View, watch } from '../kit/view.ts'
import { entitle, header } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { say } from '../texts/text.ts'
import './job-list.ts'

class JobsPage extends View {
  constructor() {
    super()
    watch(this, route, settings)
  }

  protected override render(): unknown {
    entitle(say('jobs'))
    const chosen = jobStates.find((each) => each === route.query.get('state'))
    return html`${header([{ label: say('jobs'), icon: 'clock', heading: true }])}
      <div class="jobs-page">
        ${
          mayAdminister()
            ? html`<div class="facets" role="group" aria-label=${say('jobs.state')}>
                  ${this.#facet(undefined, chosen)}${jobStates.map((each) => this.#facet(each, chosen))}
                </div>
                <pv-job-list .only=${chosen}></pv-job-list>`
            : state({ art: 'lock', title: say('problem.access.denied') })
        }
      </div>`
  }

  #facet(name: JobState | undefined, chosen: JobState | undefined): TemplateResult {
    return html`<button
      type="button"
      class="facet ${name === chosen ? 'on' : ''}"
      aria-pressed=${String(name === chosen)}
      @click=${() => route.adjust({ state: name ?? null })}
    >
      ${say(name === undefined ? 'jobs.all' : `job.${name}`)}
    </button>`
  }
}
customElements.define('pv-jobs-page', JobsPage)
