"""What the Python client `victron-vrm` does with the current user, access tokens and sites, with an access token.

Takes the base URL and, on standard input, the access token; prints a line of JSON for each request it made. An
assertion that fails ends it.
"""

import asyncio
import json
import sys
import time

import aiohttp
import victron_vrm.client
from victron_vrm import VictronVRMClient
from victron_vrm.exceptions import AuthenticationError, VictronVRMError

victron_vrm.client.BASE_URL = sys.argv[1]
first_token = sys.stdin.readline().strip()


async def told(session, context, params):
    headers = {name.lower(): value.split(" ")[0] for name, value in params.response.request_info.headers.items()}
    line = {"method": params.method, "path": params.url.raw_path_qs, "headers": headers}
    print(json.dumps({**line, "status": params.response.status}))


def tracing():
    config = aiohttp.TraceConfig()
    config.on_request_end.append(told)
    return aiohttp.ClientSession(trace_configs=[config])


async def refused(kind, call):
    try:
        await call
    except kind as error:
        return error
    raise AssertionError("not refused: %s" % kind.__name__)


async def life(session):
    client = VictronVRMClient(token=first_token, client_session=session)
    users = client.users

    me = await users.get_me()
    assert (me.id, me.name, me.email, me.country) == (7, "Ann", "ann@example.org", "NL"), me
    assert isinstance(me.id_access_token, int), me

    # Tokens: the value is shown once; a name is taken until its token is revoked.
    expiry = int(time.time()) + 86400
    value = await users.create_access_token("from Python", expiry)
    await users.create_access_token("for ever")
    error = await refused(VictronVRMError, users.create_access_token("from Python", expiry))
    assert error.response_data["errors"]["name"], error.response_data
    tokens = await users.list_access_tokens()
    named = {token["name"]: token for token in tokens}
    assert set(named) == {"of the test", "from Python", "for ever"}, named
    assert int(named["from Python"]["expires"]) == expiry
    assert named["for ever"]["expires"] is None
    assert int(named["of the test"]["idAccessToken"]) == me.id_access_token
    assert not any(first_token in json.dumps(token) or value in json.dumps(token) for token in tokens)

    other = VictronVRMClient(token=value, client_session=session)
    assert (await other.users.get_me()).id_access_token == int(named["from Python"]["idAccessToken"])

    # Sites.
    sites = {site.id: site for site in await users.list_sites()}
    assert set(sites) == {101, 102}, sites
    assert sites[101].owner is True and sites[101].access_level == 1 and sites[101].owner_id == 7
    assert sites[102].owner is False and sites[102].access_level == 0 and sites[102].owner_id == 8
    assert sites[101].alarm is None
    extended = await users.get_site(101, extended=True)
    assert extended.alarm is not None and extended.view_permissions.settings is True, extended
    assert await users.get_site(103) is None
    assert int(await users.get_site_id_from_identifier("c0619ab00101")) == 101
    assert await users.get_site_id_from_identifier("ffffffffffff") is None
    added = await users.add_site("c0619ab00901")
    assert (await users.get_site(int(added["site_id"]))).identifier == "c0619ab00901"
    again = await refused(VictronVRMError, users.add_site("c0619ab00901"))
    assert 400 <= again.status_code < 500, again.status_code

    # One token, then all of them, the one that asks among them.
    assert await users.revoke_access_token(named["from Python"]["idAccessToken"]) is True
    assert await users.revoke_access_token(named["from Python"]["idAccessToken"]) is False
    await refused(AuthenticationError, other.users.get_me())
    assert await users.revoke_access_token("*") is True
    await refused(AuthenticationError, users.get_me())


async def main():
    async with tracing() as session:
        await life(session)


asyncio.run(main())
