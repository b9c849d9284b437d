/* agentCalls WORKERS CALLS ACCOUNT: asks oidc-agent through its own library, which encrypts each call. */
#include "calls.h"
#include <oidc-agent/api.h>

static char *account;

static void prepare(char **words) { account = words[0]; }

static int call(char *token) {
  struct agent_response answer = getAgentTokenResponse(account, 0, NULL, "calls", NULL);
  int well = answer.type == AGENT_RESPONSE_TYPE_TOKEN;
  if (well) snprintf(token, TOKEN_BYTES, "%s", answer.token_response.token);
  secFreeAgentResponse(answer);
  return well;
}
