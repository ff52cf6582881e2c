import { html } from 'lit'
import { View } from '../kit/view.ts'
class Studio extends View { protected override render(): unknown { return html`` } }
customElements.define('pv-studio', Studio)
