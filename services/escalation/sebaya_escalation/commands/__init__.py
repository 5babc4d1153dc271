"""The use cases of escalation, one module a subject. Each loads, decides by a rule of the domain
and saves, and returns values of the domain; routes, pages, handlers and jobs are skins over them.
"""
