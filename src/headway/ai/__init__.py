"""What calls models. Providers speak one protocol (`provider.Provider`); every request goes through
`calls.paid_call`, which is told by a `CallRecorder` what was asked before and writes down what is asked now.
Called by `engine`; knows no job."""

from headway.ai.provider import Answer, Provider, ProviderBusy, ProviderError, Request, Usage, provider_for

__all__ = ["Answer", "Provider", "ProviderBusy", "ProviderError", "Request", "Usage", "provider_for"]
