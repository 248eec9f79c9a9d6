import { Problem } from '@orrery/base/kernel'

/** Where the request has none at all. */
export function noCredential(): Problem {
  return new Problem('UNAUTHENTICATED', 'You are not authenticated: the request has no valid credential.', {
    hint: 'It has none: sign in, or give the client a token (ORRERY_TOKEN, for MLflow MLFLOW_TRACKING_TOKEN) or a name and password (MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD).',
  })
}

/**
 * One sentence whatever is wrong with a credential: nobody learns which names and tokens there are. Where it came from only
 * the client knows, so no variable is named.
 */
export function unauthenticated(): Problem {
  return new Problem('UNAUTHENTICATED', 'You are not authenticated: the request has no valid credential.', {
    hint: 'The one that was sent is wrong, was revoked, or has expired. Sign in anew, or use another token.',
  })
}

/** For whoever has the whole secret of a token, which nobody guesses: they learn nothing that they had not. */
export function expired(endsAt: number): Problem {
  const at = new Date(endsAt).toISOString()
  return new Problem('UNAUTHENTICATED', `You are not authenticated: the token expired at ${at}.`, {
    hint: 'Sign in anew, or use another token.',
  })
}
