import { Problem } from '@orrery/base/kernel'

/** One sentence whatever is wrong with a credential: nobody learns which names and tokens there are. */
export function unauthenticated(): Problem {
  return new Problem('UNAUTHENTICATED', 'You are not authenticated: the request has no valid credential.', {
    hint: 'Sign in, or set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.',
  })
}
