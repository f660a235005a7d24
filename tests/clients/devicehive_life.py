"""The whole life of a user, a network, a device type and a token, by the calls of the Python client `devicehive`.

Takes the base URL, and prints a line of JSON for each request it made. An assertion that fails ends it.
"""

import json
import sys

from devicehive import DeviceHiveApi
from devicehive.api_response import ApiResponseError
from devicehive.transports import http_transport
from devicehive.user import User

url = sys.argv[1]

plain_request = http_transport.requests.request


def told_request(method, address, **options):
    response = plain_request(method, address, **options)
    sent = response.request
    headers = {name.lower(): value.split(" ")[0] for name, value in sent.headers.items()}
    line = {"method": method, "path": sent.path_url, "headers": headers, "body": sent.body is not None}
    print(json.dumps({**line, "status": response.status_code}))
    return response


http_transport.requests.request = told_request


def refused(code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ApiResponseError as error:
        assert error.code == code, (error.code, error.error)
        return error.error
    raise AssertionError("%s was not refused" % call)


def ids(found):
    return [one.id for one in found]


api = DeviceHiveApi(url, login="dhadmin", password="dhadmin_#911")

# What the client asks before anything else.
info = api.get_info()
assert info["api_version"] and info["server_timestamp"] and info["websocket_server_url"], info
assert info["rest_server_url"] is None, info

# Networks and device types.
network = api.create_network("py-network", "made by Python")
assert network.id and network.name == "py-network", network.id
assert ids(api.list_networks(name="py-network")) == [network.id]
assert ids(api.list_networks(name_pattern="py-%", sort_field="name", sort_order="DESC", take=1)) == [network.id]
network.description = "changed"
network.save()
network = api.get_network(network.id)
assert network.description == "changed", network.description
assert api.list_devices(network_id=network.id, network_name=network.name) == []
assert refused(403, api.create_network, "py-network", "again").startswith("Network cannot be created.")

device_type = api.create_device_type("py-type", "made by Python")
assert ids(api.list_device_types(name="py-type")) == [device_type.id]
device_type.name = "py-type-2"
device_type.save()
assert api.get_device_type(device_type.id).name == "py-type-2"

# A user.
user = api.create_user("py-user", "py-password", User.CLIENT_ROLE, {"k": "v"}, all_device_types_available=False)
assert user.id and user.last_login is None and user.all_device_types_available is False, user.id
assert ids(api.list_users(login="py-user")) == [user.id]
assert ids(api.list_users(login_pattern="py-%", sort_field="login", sort_order="ASC", take=1)) == [user.id]
assert api.list_users(login_pattern="py-%", skip=1) == []
user = api.get_user(user.id)
assert (user.login, user.role, user.status, user.data) == ("py-user", 1, 0, {"k": "v"})
assert "already exists" in refused(403, api.create_user, "py-user", "py-password", User.CLIENT_ROLE, None)

user.assign_network(network.id)
assert ids(user.list_networks()) == [network.id]
assert user.list_device_types() == []
user.assign_device_type(device_type.id)
assert ids(user.list_device_types()) == [device_type.id]
user.unassign_device_type(device_type.id)
assert user.list_device_types() == []
user.allow_all_device_types()
assert device_type.id in ids(user.list_device_types())
user.disallow_all_device_types()
assert user.list_device_types() == []

user.data = {"k": 2}
user.save()
assert api.get_user(user.id).data == {"k": 2}
user.update_password("py-password-2")

# The user himself.
refused(401, DeviceHiveApi(url, login="py-user", password="py-password").get_current_user)
own = DeviceHiveApi(url, login="py-user", password="py-password-2").get_current_user()
assert own.id == user.id and own.last_login is not None, own.last_login
assert refused(403, own.update_password, "py-password-3") == "Old password is required!"
assert refused(403, own.save) == "Admin permissions required for this action"
assert ids(DeviceHiveApi(url, login="py-user", password="py-password-2").list_networks()) == [network.id]
refused(403, DeviceHiveApi(url, login="py-user", password="py-password-2").list_users)

# Tokens. The client asks for a token of its own and lives on it.
tokens = api.create_token(user.id, actions=["GetCurrentUser", "GetNetwork"], network_ids=[str(network.id)])
assert set(tokens) == {"access_token", "refresh_token"}, tokens.keys()
assert DeviceHiveApi(url, access_token=tokens["access_token"]).get_current_user().login == "py-user"
assert ids(DeviceHiveApi(url, access_token=tokens["access_token"]).list_networks()) == [network.id]
refused(403, DeviceHiveApi(url, access_token=tokens["access_token"]).list_users)
assert DeviceHiveApi(url, refresh_token=tokens["refresh_token"]).refresh_token()
assert DeviceHiveApi(url, refresh_token=tokens["refresh_token"]).get_current_user().id == user.id
old = api.create_token(user.id, expiration="2018-01-01T00:00:00", actions=["GetCurrentUser"])
assert refused(401, DeviceHiveApi(url, access_token=old["access_token"]).get_current_user) == "Token expired"
refused(401, DeviceHiveApi(url, access_token=tokens["refresh_token"]).get_current_user)

# The end: what is not active has no tokens, and what is gone is not found.
user.role = User.CLIENT_ROLE
user.status = User.DISABLED_STATUS
user.save()
refused(401, DeviceHiveApi(url, access_token=tokens["access_token"]).get_current_user)
user.unassign_network(network.id)
assert user.list_networks() == []
gone = user.id
user.remove()
assert refused(404, api.get_user, gone) == "User with id = %d not found" % gone
device_type_id = device_type.id
device_type.remove(force=True)
refused(404, api.get_device_type, device_type_id)
network_id = network.id
network.remove()
refused(404, api.get_network, network_id)
