"""What both ends of the tutorial share: how an application joins a node."""

import slim_bindings as slim

SECRET = "a secret of at least 32 characters, the same at both ends"


async def join(endpoint, name):
    """An application under `name`, connected to the node at `endpoint`."""
    slim.initialize_with_configs(
        runtime_config=slim.new_runtime_config(),
        tracing_config=slim.new_tracing_config_with("error", False, False, []),
        service_config=[slim.new_service_config()],
    )
    service = slim.get_global_service()
    app = service.create_app_with_secret(slim.Name.from_string(name), SECRET)
    link = await service.connect_async(slim.new_insecure_client_config(endpoint))
    await app.subscribe_async(app.name(), link)
    return app, link
