import type { RawAnswer } from '../kit/index.ts'

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1.25rem }
header { display: flex; gap: 1.25rem; align-items: baseline } header h1 { margin: 0 }
.account { float: right; display: flex; gap: .75rem; align-items: baseline } .account form { margin: 0 }
h2 { margin-top: 2rem; font-size: 1.15rem; border-bottom: 1px solid #8886; padding-bottom: .2rem }
code, pre { font: 13px/1.45 ui-monospace, monospace } td code { opacity: .65 }
pre { background: #8881; border: 1px solid #8883; border-radius: 6px; padding: .7rem .9rem; overflow-x: auto }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 600; white-space: nowrap }
th, td { padding: .4rem .9rem .4rem 0; vertical-align: top; border-bottom: 1px solid #8883 }
.status { border: 1px solid currentColor; border-radius: 999px; padding: 0 .5rem; font-size: .85rem; white-space: nowrap }
.finished { color: light-dark(#136c2e, #6fd08c) } .failed, .killed { color: light-dark(#a3201b, #ff9c94) }
.running, .scheduled { color: light-dark(#0b57a4, #8cc2ff) }
time, .figure { white-space: nowrap } .name { overflow-wrap: anywhere; min-width: 8rem }
.metric { display: inline-block; margin-right: .9rem; white-space: nowrap }
`

/** A page of our own: server-rendered, no script, nothing from elsewhere. @param body HTML, escaped by its maker */
export function page(title: string, body: string, style = ''): RawAnswer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}${style}</style>
${body}</html>`,
  }
}

/**
 * A page with forms. Its browser must say from which page a form comes (`Origin`), and without a policy that lets it tell
 * so much it would say `null`: over plain HTTP, where there is no `Sec-Fetch-Site` either, no form would get through.
 */
export function withForms(answer: RawAnswer): RawAnswer {
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'content-security-policy': POLICY.replace("form-action 'none'", "form-action 'self'"),
      'referrer-policy': 'strict-origin',
    },
  }
}

/** Text as it may stand in HTML, between tags and in attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
