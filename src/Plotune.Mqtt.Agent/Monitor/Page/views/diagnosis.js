// Why no data: the steps from the broker to the screen, with the first that fails marked.
import { api, part } from '../api.js';
import { html, useEffect, useState } from '../dom.js';
import { feed } from '../feed.js';
import { cut, visibleText } from '../format.js';
import { Notice, Symbol, Text } from '../ui.js';

const period = 2000;

const names = {
  name: 'Name', tcp: 'TCP', tls: 'TLS', connack: 'Login', suback: 'Subscribed', message: 'First message', decoded: 'Decoded', signals: 'Signals', viewers: 'Viewers',
};

const states = { ok: ['ok', 'done'], failed: ['bad', 'failed'], waiting: ['wait', 'not yet'], skipped: ['off', 'skipped'] };

/**
 * @param reason What the connection's state says, for when the steps cannot be had.
 * @param isPaused Nothing new is asked for.
 */
export function Diagnosis({ name, reason, isPaused }) {
  const { answer, error } = useDiagnosis(name, isPaused);
  const [chosen, setChosen] = useState(null);
  if (error && answer === null) return html`<div class="diagnosis"><${Notice} kind="warn"><${Text} value=${reason} max=${600} /> <span class="muted">The steps cannot be shown: <${Text} value=${error} max=${400} /></span><//></div>`;
  if (answer === null) return html`<div class="diagnosis" aria-busy="true"><p class="muted">${reason ? html`<${Text} value=${reason} max=${600} />` : 'Looking …'}</p></div>`;
  const { steps } = answer;
  const telling = answer.failed ?? firstOpen(steps);
  const at = chosen !== null && chosen < steps.length ? chosen : telling;
  const step = steps[at];
  return html`<div class="diagnosis">
    <ol class="steps" aria-label="Steps from the broker to the screen">
      ${steps.map((each, index) => html`<li key=${index} class=${`${states[each.state]?.[0] ?? 'info'} ${index === telling && each.state !== 'ok' ? 'telling' : ''}`}>
        <button type="button" class="step" aria-pressed=${String(index === at)} onClick=${() => setChosen(index === chosen ? null : index)} title=${each.subject ? visibleText(cut(each.subject, 500)) : undefined}>
          <${Symbol} kind=${states[each.state]?.[0] ?? 'info'} /><span>${names[each.step] ?? each.step}${each.subject && html` <${Text} class="mono small-text" value=${each.subject} max=${24} />`}<span class="offscreen">: ${states[each.state]?.[1] ?? each.state}</span></span>
        </button>
      </li>`)}
    </ol>
    ${step && html`<${Notice} kind=${noticeOf(step)}><strong>${names[step.step] ?? step.step}:</strong> <${Text} value=${step.text} max=${600} />${step.advice && html`<p class="advice"><${Text} value=${step.advice} max=${600} /></p>`}<//>`}
  </div>`;
}

function noticeOf({ state }) {
  return { ok: 'ok', failed: 'bad', waiting: 'warn' }[state] ?? 'info';
}

/** The first step that is not done, or the last one if all are. */
function firstOpen(steps) {
  const open = steps.findIndex(step => step.state !== 'ok' && step.state !== 'skipped');
  return open < 0 ? steps.length - 1 : open;
}

/** Asks again and again while it is seen. */
function useDiagnosis(name, isPaused) {
  const [state, setState] = useState({ answer: null, error: '' });
  useEffect(() => {
    if (isPaused) return undefined;
    const ended = new AbortController();
    let timer = 0;
    const ask = async () => {
      if (!document.hidden && feed.state.link === 'open') {
        try {
          const answer = await api.get(`/api/connections/${part(name)}/diagnosis`, { signal: ended.signal });
          setState({ answer, error: '' });
        } catch (error) {
          if (ended.signal.aborted) return;
          setState(before => ({ ...before, error: error.message }));
        }
      }

      if (!ended.signal.aborted) timer = setTimeout(ask, period);
    };
    ask();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [name, isPaused]);
  return state;
}
