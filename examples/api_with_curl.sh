#!/bin/sh
# The REST API with curl alone: who you are, half an hour logged, this month's time page by page, and
# the draft of an invoice for last month.
#
#     HOURSMITH_URL=https://hours.example HOURSMITH_TOKEN=hsk_… sh api_with_curl.sh
#
# It takes curl 7.82 or newer, and a client and a project of yours: write their names below.
#
# Running it again within a day logs nothing twice, as each POST has a key that says what it is for;
# and what is drafted is not there to be drafted again: then the last call is refused.
set -eu
: "${HOURSMITH_URL:?is the server, as https://hours.example}" "${HOURSMITH_TOKEN:?is not set}"
client="Acme"
project="acme redesign"
today=$(date +%F)

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Send a request: METHOD PATH, and what else curl is to know. Curl waits as long as Retry-After says
# where there were too many; any other refusal is shown as it came, and ends the script.
api() {
    method=$1 path=$2
    shift 2
    # The token goes in through a pipe: among the arguments other people of the machine could read it.
    printf 'header = "Authorization: Bearer %s"\n' "$HOURSMITH_TOKEN" |
        curl --config - --silent --show-error --fail-with-body --retry 5 --output "$answer" \
            --request "$method" "$HOURSMITH_URL/api/v1/$path" "$@" || {
        cat "$answer" >&2
        exit 1
    }
    cat "$answer"
    echo
}

post() { # post PATH KEY BODY
    api POST "$1" --header "Idempotency-Key: $2" --json "$3"
}

text_of() { # text_of FIELD, of the JSON that comes in; jq does it better where it is installed
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

api GET me
post time-entries "stand-up $today" \
    "{\"projectId\": \"$project\", \"duration\": \"30m\", \"note\": \"Stand-up\"}"

listed="time-entries?entryDateFrom=${today%-*}-01&sort=entryDate&limit=100"
page=$(api GET "$listed")
printf '%s\n' "$page"
while cursor=$(printf '%s' "$page" | text_of nextCursor) && [ -n "$cursor" ]; do
    page=$(api GET "$listed&cursor=$cursor")
    printf '%s\n' "$page"
done

preview=$(api POST invoices/preview --json "{\"clientId\": \"$client\", \"period\": \"last month\"}")
proposal=$(printf '%s' "$preview" | text_of proposal)
post invoices "invoice of $proposal" "{\"proposal\": \"$proposal\"}"
